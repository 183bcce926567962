from . import pages  # noqa: F401 - registering is what importing it does
