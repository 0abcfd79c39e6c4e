"""The vault on the card: where files stand, the one writer, and the custodian that alone releases space."""
