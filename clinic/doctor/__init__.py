"""`marrow doctor`: what is missing or unsafe on this machine, and what to do about it. It changes nothing."""
