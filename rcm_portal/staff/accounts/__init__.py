"""The accounts of staff: inviting, passwords, roles."""
