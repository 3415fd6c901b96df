"""Backups of both databases: made while Marrow runs, encrypted, checked, and restored without what was erased since."""
