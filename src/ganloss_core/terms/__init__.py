"""What is added to a loss: gradient penalties, terms with state, terms without."""
