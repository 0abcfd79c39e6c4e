"""Dock contacts, one driver a file, chosen by name."""
