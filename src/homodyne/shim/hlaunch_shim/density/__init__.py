"""The density of homodyne's own model, and a worker that answers what it is."""
