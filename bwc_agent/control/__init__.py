"""What the officer feels: gestures in, decisions by a table, light, tone and vibration out. Pure: no threads, files or clocks."""
