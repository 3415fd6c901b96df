"""What the clinic does with requests: each function is one use case over a unit of work."""
