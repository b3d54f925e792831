"""The raw folder: which files are there, what changed, and how a file is read without harm."""
