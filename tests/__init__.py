"""A package of its own, because a library installs another one under the name `tests`."""
