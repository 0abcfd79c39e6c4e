"""What a fleet admin writes in TOML, checked against the floor of DHS 045-07, as frozen settings for the core."""
