"""homodyne's consensus Monte Carlo: one call of it, its shards, their draws, and what kills a worker."""
