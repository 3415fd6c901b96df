"""The commands of `marrow`, one module for each group; `clinic.cli` puts them together."""
