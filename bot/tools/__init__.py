"""Command-line tools that prepare what the bot needs before training."""
