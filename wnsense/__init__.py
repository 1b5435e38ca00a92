"""Weight normalization for overparameterized matrix sensing: the package behind the book."""
