"""Position receivers, one driver a file, chosen by name."""
