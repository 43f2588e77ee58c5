"""The vocabulary: what each word promises, and how errors are counted."""
