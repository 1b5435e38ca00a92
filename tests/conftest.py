"""What all tests share."""

from hypothesis import settings

# derandomized: the same examples on every machine, so that a failure can be repeated; no deadline: machines differ in speed
settings.register_profile("book", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("book")
