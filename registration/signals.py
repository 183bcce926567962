"""What registration tells the other apps, inside the transaction of the change. What it asks them is in questions.py."""

from django.dispatch import Signal

status_changed = Signal()  # delegate=, change= (StatusChange)
# delegate=, fields= (set of field names; those of the passport as "passport.number"), now=
details_changed = Signal()
passport_destroyed = Signal()  # delegate=: whoever has a copy of the passport's data removes it
personal_data_destroyed = Signal()  # delegate=: each app removes what it stores about this person
