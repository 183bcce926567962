"""What logistics tells the staff's pages: what IOM and the host have to do, the ways about, who is found."""

from . import jobs, people, waiting

__all__ = ["jobs", "people", "waiting"]
