"""Thin views: they read the request, call a service or a query, and choose the page."""
