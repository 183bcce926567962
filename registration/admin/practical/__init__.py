from . import background, parts  # noqa: F401 - registering is what importing them does
