from . import letter_texts

__all__ = ["letter_texts"]
