"""From the docked device to storage that the agency runs: copies sealed files, proves nothing, deletes nothing."""
