"""How requests are stored: encrypted columns, typed models, repositories and migrations."""
