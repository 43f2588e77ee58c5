"""What a loss is, and the registry of losses."""
