"""Formulas that one codebase has and nobody should choose anew: tables name them, the catalogue does not."""
