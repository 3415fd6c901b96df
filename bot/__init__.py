"""Marrow's conversation runtime: Rasa components, importers, policies and channels."""
