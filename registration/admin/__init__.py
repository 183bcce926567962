from . import delegates, destruction, letters, reminders, workshops  # noqa: F401 - registering is what importing them does
