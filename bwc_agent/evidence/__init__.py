"""The evidence format bwc/1: lines, signatures, keys per start, sealed segments, verification. `FORMAT.md` is the definition."""
