"""How the admin writes dates and instants where a page says nothing else: in full, and an instant with its zone."""
