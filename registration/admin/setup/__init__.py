from . import letter_texts, page

__all__ = ["letter_texts", "page"]
