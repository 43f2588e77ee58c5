"""One module for each codebase, which defines `TABLE`."""
