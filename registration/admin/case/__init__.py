"""The page of one person's case, and what staff do on pages of their own beneath it."""
