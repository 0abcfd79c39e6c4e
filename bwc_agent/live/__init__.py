"""The agent on real parts: one queue of inputs, a thread for each part, and the parts that the device's settings name."""
