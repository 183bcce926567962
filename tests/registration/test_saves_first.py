"""Buttons on a page with a form: what was typed before one was pressed is saved, or stands there with its mistake."""

import pytest
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration.models import Delegation, DelegationLinkUse, ReminderRule
from tests.factories import DelegationFactory
from tests.registration.test_workshop_admin import typed


def address(row, name="change"):
    return reverse(f"admin:registration_{row._meta.model_name}_{name}", args=[row.pk])


def press(client, row, label, **changes):
    """Fill in the row's form and press one of the buttons that belong to it."""
    page = client.get(address(row))
    [url] = [url for url, text, *_more in page.context["steps"] if str(text).startswith(label)]
    assert f'form="{row._meta.model_name}_form" name="_then" value="{url}"' in page.content.decode()
    sent = typed(page.context["adminform"].form) | changes | {"_then": url}
    return client.post(address(row), sent, follow=True)


@pytest.fixture
def belize(belize):
    belize.focal_point_name, belize.focal_point_email = "Ana Coc", "old@example.org"
    belize.save()
    return belize


def test_a_new_address_is_saved_before_the_link_is_sent_to_it(admin_client, belize):
    answer = press(
        admin_client, belize, "Send the link", focal_point_email="new@example.org", note_en="Two officials"
    )
    assert [str(message) for message in answer.context["messages"]] == [
        "What you typed is saved.",
        "Belize: link sent to new@example.org.",
    ]
    belize.refresh_from_db()
    assert (belize.focal_point_email, belize.note_en) == ("new@example.org", "Two officials")
    assert OutgoingMail.objects.get().to == "new@example.org"


def test_nothing_is_sent_while_something_is_wrong_and_what_was_typed_stays(admin_client, belize):
    answer = press(
        admin_client, belize, "Send the link", focal_point_email="no address", note_en="Two officials"
    )
    form = answer.context["adminform"].form
    assert list(form.errors) == ["focal_point_email"] and form["note_en"].value() == "Two officials"
    assert not OutgoingMail.objects.exists() and not DelegationLinkUse.objects.exists()


@pytest.mark.parametrize(("label", "what"), [("End every link", "revoked"), ("Send a reminder", None)])
def test_the_other_buttons_save_as_well(admin_client, belize, label, what):
    press(admin_client, belize, label, note_en="Two officials")
    assert Delegation.objects.get(pk=belize.pk).note_en == "Two officials"
    assert list(DelegationLinkUse.objects.values_list("what", flat=True)) == ([what] if what else [])


def test_a_button_that_asks_for_a_reason_saves_before_it_asks(admin_client, belize):
    answer = press(admin_client, belize, "Pause reminders", note_en="Two officials")
    assert answer.redirect_chain[-1][0] == reverse(
        "admin:registration_reminder_pause", args=["delegation", belize.pk]
    )
    assert Delegation.objects.get(pk=belize.pk).note_en == "Two officials"
    assert not Delegation.objects.get(pk=belize.pk).reminders_paused


def test_a_rule_is_paused_with_what_was_typed_in_its_form(admin_client, belize):
    rule = ReminderRule.objects.create(workshop=belize.workshop, what="passport_missing", days=[7])
    press(admin_client, rule, "Pause this rule", days="5, 2")
    rule.refresh_from_db()
    assert rule.days == [5, 2]


def test_an_address_that_is_no_step_of_the_page_leads_nowhere(admin_client, belize):
    sent = typed(admin_client.get(address(belize)).context["adminform"].form)
    other = DelegationFactory(party__code="CRI")
    for then in (
        "https://evil.example/",
        reverse("admin:registration_delegation_link", args=[other.pk, "revoke"]),
    ):
        answer = admin_client.post(address(belize), sent | {"_then": then})
        assert answer["Location"] == reverse("admin:registration_delegation_changelist")
