"""Dates in pages: in the reader's language, in the workshop's zone, and a limit as its last minute."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import translation

WORKSHOP = SimpleNamespace(
    starts_on=date(2022, 3, 31),
    ends_on=date(2022, 4, 1),
    zone=ZoneInfo("America/Mexico_City"),
    time_zone="America/Mexico_City",
    zone_label_es="hora de la Ciudad de México",
    zone_label_en="Mexico City time",
)
MIDNIGHT = datetime(2022, 3, 2, 6, tzinfo=UTC)  # 2 March, 00:00 in Mexico City


@pytest.mark.parametrize(
    ("language", "template", "said"),
    [
        ("en", "{{ workshop|days }}", "31 March and 1 April 2022"),
        ("es", "{{ workshop|days }}", "31 de marzo y 1 de abril de 2022"),
        ("en", "{{ workshop.ends_on|day }}", "1 April 2022"),
        ("en", "{% when instant workshop %}", "2 March 2022, 00:00 (Mexico City time)"),
        ("en", "{% until instant workshop %}", "1 March 2022, 23:59 (Mexico City time)"),
        ("es", "{% until instant workshop %}", "1 de marzo de 2022, 23:59 (hora de la Ciudad de México)"),
        ("en", "{% when nothing workshop %}{% until nothing workshop %}{{ nothing|day }}", ""),
    ],
)
def test_dates_are_written_as_people_read_them(language, template, said):
    context = Context({"workshop": WORKSHOP, "instant": MIDNIGHT, "nothing": None})
    with translation.override(language):
        assert Template(template).render(context) == said
