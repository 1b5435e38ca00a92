"""What the book claims, and how far each claim can be trusted: `registry` holds the machinery, one file a topic the claims."""
