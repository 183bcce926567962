"""What the portal does while a service that it can do without is out of reach."""
