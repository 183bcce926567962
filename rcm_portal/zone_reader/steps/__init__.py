"""From a file's bytes to two lines, step by step. Run by worker.py in a program of its own: nothing here knows the portal."""
