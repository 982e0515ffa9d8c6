"""Letters: what a message says, and how it looks as plain text and as HTML."""
