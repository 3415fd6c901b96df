"""Alembic migrations, packaged with the clinic runtime."""
