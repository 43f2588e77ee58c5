"""From a definition to the functions that users call."""
