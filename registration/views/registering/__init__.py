"""The registration form: its doors, the form, the page that checks, saving it for later, and what comes after."""
