"""The clinic: intake, requests, storage, and what works with them."""
