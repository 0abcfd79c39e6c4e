"""What the agency runs on its own machines: custody, list, verify, export."""
