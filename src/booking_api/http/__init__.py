"""What every contract shares of HTTP: errors, limits, logs, metrics, stored answers."""
