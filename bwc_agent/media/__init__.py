"""From pictures and sound to encoded packets, a ring of them, and fragments ready to be sealed."""
