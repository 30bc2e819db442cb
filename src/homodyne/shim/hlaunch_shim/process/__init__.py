"""A process of homodyne: its placement, imports, threads, compiled code and memory."""
