"""What did she mean? A message becomes a decision, and nothing is stored or said."""
