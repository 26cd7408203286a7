"""The sections of a policy file, one module for those that belong together; `loader` puts them together.

A section's function takes the tables as the file has them, reports what is wrong at its place, and returns what
could be read: with any problem nothing of it is used.
"""
