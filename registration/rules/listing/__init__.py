"""How people and parties are found, ordered, grouped and counted in lists."""
