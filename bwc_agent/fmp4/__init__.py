"""Fragmented MP4 (ISO/IEC 14496-12) as the agent writes it, and the reader that export and trimming need."""
