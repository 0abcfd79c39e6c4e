"""The command `bwc`: thin; each chair has its group."""
