"""Battery and charger, one driver a file, chosen by name."""
