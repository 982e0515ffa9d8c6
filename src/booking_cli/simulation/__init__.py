"""A simulated city: people who ride and drive over the server's own interface, and nothing else."""
