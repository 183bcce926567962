from . import delegates, delegations, destruction, letters, reminders, workshops  # noqa: F401 - registering is what importing them does
