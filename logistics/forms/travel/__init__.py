"""The travel page's forms: the usual case to confirm, and the three steps for whoever travels otherwise."""

from .form import TravelForm
from .initial import initial_of
from .usual import UsualForm

__all__ = ["TravelForm", "UsualForm", "initial_of"]
