"""The two kinds of backend."""
