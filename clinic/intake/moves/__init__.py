"""What does it change? A decision becomes the next state and what is said about it."""
