from . import delegates, workshops  # noqa: F401 - registering is what importing them does
