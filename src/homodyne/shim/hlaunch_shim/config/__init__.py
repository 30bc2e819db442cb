"""What a YAML says, and what homodyne reads of it."""
