"""A body-worn camera without the hardware: the same Protocols, a drawn scene, and time that runs as fast as the machine."""
