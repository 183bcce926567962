"""What registration tells the staff's pages: what waits, who has seats, how the days go, the ways about, who is found."""

from . import jobs, panels, people, waiting
from .waiting import current_workshops

__all__ = ["current_workshops", "jobs", "panels", "people", "waiting"]
