"""Indicators, one driver a file, chosen by name."""
