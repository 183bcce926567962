"""The closed vocabularies of logistics. Codes of airlines are IATA's; labels are what people read."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Meal(models.TextChoices):
    """Special meals that an airline serves (SSR codes)."""

    VGML = "VGML", _("Vegan")
    VLML = "VLML", _("Vegetarian, with milk and eggs")
    AVML = "AVML", _("Asian vegetarian")
    HNML = "HNML", _("Hindu, not vegetarian")
    MOML = "MOML", _("Muslim")
    KSML = "KSML", _("Kosher")
    DBML = "DBML", _("Diabetic")
    GFML = "GFML", _("Gluten-free")
    NLML = "NLML", _("Low lactose")
    LSML = "LSML", _("Low salt")
    SFML = "SFML", _("Seafood")
    FPML = "FPML", _("Fruit platter")
    SPML = "SPML", _("Other, as described")


class Assistance(models.TextChoices):
    """Help on the way (SSR codes)."""

    WCHR = "WCHR", _("Wheelchair to the aircraft; climbs stairs and walks in the cabin")
    WCHS = "WCHS", _("Wheelchair to the aircraft; no stairs; walks in the cabin")
    WCHC = "WCHC", _("Wheelchair up to the seat")
    BLND = "BLND", _("Blind or with low vision")
    DEAF = "DEAF", _("Deaf or hard of hearing")
    DPNA = "DPNA", _("Intellectual disability, needs assistance")
    MEDA = "MEDA", _("Medical case")
    MAAS = "MAAS", _("Meet and assist")
    WCBD = "WCBD", _("Own wheelchair, dry-cell battery")
    WCBW = "WCBW", _("Own wheelchair, wet-cell battery")


class Seat(models.TextChoices):
    """Where somebody would like to sit (SSR codes)."""

    NSSA = "NSSA", _("Aisle")
    NSSW = "NSSW", _("Window")
    RQST = "RQST", _("A seat as described")
