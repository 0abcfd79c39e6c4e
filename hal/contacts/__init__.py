"""Contacts: the dock's, and the enclosure's tamper switch."""
