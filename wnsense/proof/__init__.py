"""Machine proof of single steps: exact identities (SymPy), polynomial inequalities (Z3), rigorous enclosures (Arb)."""
