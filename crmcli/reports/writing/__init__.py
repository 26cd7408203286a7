"""Documents as files: one module a format. Each takes a document and returns what is in the file."""
