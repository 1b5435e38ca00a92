"""Weight normalization for overparameterized matrix sensing: the package behind the book.

`wnsense.recover(operator, y, rank_bound=...)` recovers a matrix; all else is in the modules.
"""

from wnsense.recover import Recovery, recover

__all__ = ["Recovery", "recover"]
