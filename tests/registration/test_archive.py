"""A workshop whose personal data have had their time is kept as it stands: read, counted, and no longer changed."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.test import RequestFactory

from registration.models import InvitationLetter, Party, Workshop
from registration.queries.archive import figures, workshop_of
from registration.services.letters.renewing import renew_letters
from registration.services.retention import purge
from tests import accounts
from tests.acceptance.conftest import in_time, world
from tests.factories import WorkshopFactory
from tests.registration.test_workshop_admin import typed

__all__ = ["in_time", "world"]


@pytest.fixture
def over(world):
    """The instant at which the personal data of the world's workshop have had their time."""
    return world.workshop.archived_from


def end(over):
    """What the daily task does then."""
    with at(over):
        purge(now=over)


def at(instant):
    return time_machine.travel(instant, tick=False)


def test_every_row_of_a_workshop_can_be_changed_a_second_before_and_by_nobody_after(world, over):
    request = RequestFactory().get("/")
    request.user = world.users["superuser"]

    def changed(may):
        """Of which models a row of the workshop, as it is read now, may be changed or deleted."""
        return {page.opts.label for page, row in rows() if getattr(page, may)(request, row)}

    def rows():
        found = [(page, page.model._base_manager.first()) for page in admin.site._registry.values()]
        return [(page, row) for page, row in found if row is not None and workshop_of(row)]

    of_it = rows()
    assert {"delegation", "workshop", "programme", "benefit", "lettertext", "reminderrule"} <= {
        page.opts.model_name for page, _row in of_it
    }
    with at(over - timedelta(seconds=1)):
        before = changed("has_change_permission")
    assert {"registration.Workshop", "registration.Delegation", "logistics.Benefit"} <= before
    with at(over):  # before the data are gone somebody may still have to mend something
        assert changed("has_change_permission") == before
    end(over)
    with at(over):
        assert changed("has_change_permission") == changed("has_delete_permission") == set()


def test_what_belongs_to_no_workshop_goes_on(world, over):
    request = RequestFactory().get("/")
    request.user = world.users["superuser"]
    end(over)
    with at(over):
        assert admin.site._registry[Party].has_change_permission(request, Party.objects.first())


def test_staff_read_its_figures_and_a_form_that_was_open_is_refused(world, over):
    page = f"/admin/registration/workshop/{world.workshop.pk}/change/"
    form = world.client("secretariat").get(page).context["adminform"].form
    counted = dict(figures(world.workshop))
    end(over)
    with at(over):
        officer = accounts.signed_in(world.users["secretariat"])
        officer.languages_apart = False  # both columns of the workshop stand there
        answer = officer.get(page)
        said = answer.content.decode()
        assert "Figures that are kept" in said and 'name="_save"' not in said
        assert answer.context["figures"] == list(counted.items())
        assert counted["people registered"] == counted["approved"] == 1
        assert officer.post(page, typed(form) | {"venue_en": "Elsewhere"}).status_code == 403
    world.workshop.refresh_from_db()
    assert world.workshop.venue_en != "Elsewhere"


def test_its_programme_is_not_edited_either(world, over):
    programme = world.workshop.programme
    page = f"/admin/agenda/programme/{programme.pk}/"
    end(over)
    with at(over):
        officer = accounts.signed_in(world.users["secretariat"])
        assert officer.get(f"{page}change/").status_code == 200
        for then in ("edit/", "publish/", "tell/", "release/"):
            assert officer.post(f"{page}{then}", {}).status_code == 403


def test_a_party_that_is_renamed_changes_no_letter_of_a_workshop_that_is_over(world, over):
    letter = InvitationLetter.objects.get()
    before = letter.content
    with at(over):
        Party.objects.update(name_es="Otro nombre", name_en="Another name")
        assert renew_letters(now=over) == 0
    letter.refresh_from_db()
    assert (letter.content, letter.voided_at, letter.outdated_since) == (before, None, None)


@pytest.mark.parametrize(
    ("now", "goes_on"),
    [("2022-04-02T00:00+00:00", True), ("2022-04-02T23:59+00:00", True), ("2022-04-03T00:00+00:00", False)],
)
def test_a_workshop_goes_on_until_its_last_day_is_over_everywhere(db, now, goes_on):
    WorkshopFactory(ends_on=date(2022, 4, 1))
    assert Workshop.objects.going_on(datetime.fromisoformat(now)).exists() == goes_on
