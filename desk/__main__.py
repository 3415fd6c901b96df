"""`python -m desk`."""

from desk.server import main

main()
