"""The command `ganloss`: what it prints and draws."""
