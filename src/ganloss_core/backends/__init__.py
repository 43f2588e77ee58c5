"""Interpretations of the words: NumPy, any array API, exact numbers, formulas."""
