"""What operators look at: their lists, and the lines these are made of."""
