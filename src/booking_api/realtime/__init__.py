"""Live changes, from the engine's events to the sockets that watch them."""
