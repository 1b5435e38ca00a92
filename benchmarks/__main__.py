"""Every benchmark, one after the other: `python -m benchmarks`."""

import importlib

for name in ("iteration", "population", "memory", "recover"):
    importlib.import_module(f"benchmarks.{name}").main()
    print()
