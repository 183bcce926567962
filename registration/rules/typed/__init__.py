"""What people type or paste, and what is made of it: dates, telephones, e-mail addresses, the passport's zone."""
