"""What a person changed, what changed on the server, and what to do about both. Pure."""
