"""The checks, one module for each kind of value or record; each is a function of the workspace."""
