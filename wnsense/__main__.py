"""The command line: `python -m wnsense verify` and `python -m wnsense recover`."""

from __future__ import annotations

import argparse
import sys

from wnsense import command_recover, command_verify

COMMANDS = (command_verify, command_recover)


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns its exit code (bad usage exits with 2)."""
    parser = argparse.ArgumentParser(prog="python -m wnsense", description="Weight normalization for matrix sensing: verify the book, recover a matrix.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(subparsers)
    arguments = parser.parse_args(argv)
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
