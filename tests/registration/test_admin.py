"""The Secretariat's queue and decisions in the admin."""

import pytest
import time_machine
from django.contrib.auth.models import Group, User

from rcm_portal.files.storage import save_private
from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.security.roles import EXECUTIVE_SECRETARIAT, IOM_TRAVEL
from registration.models import Delegate
from tests.factories import DEADLINE, DelegateFactory, DelegationFactory, PartyFactory, PassportCopyFactory
from tests.registration.forms import PDF, filled_in
from tests.strict import LintingClient

QUEUE = "/admin/registration/delegate/"


def signed_in(group: str) -> LintingClient:
    user = User.objects.create_user(group.split()[0].lower(), password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = LintingClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def officer(belize):
    return signed_in(EXECUTIVE_SECRETARIAT)


@pytest.fixture
def delegate(belize):
    return DelegateFactory(
        delegation=belize, email_confirmed_at=None, email="maria@example.org", language="es"
    )


def test_the_queue_shows_who_registered_and_what_is_missing(officer, delegate):
    page = officer.get(QUEUE).content.decode()
    for text in (delegate.full_name, "Belize", "submitted", "e-mail not confirmed, passport copy missing"):
        assert text in page


def test_the_queue_asks_for_a_constant_number_of_queries(officer, belize, django_assert_num_queries):
    DelegateFactory(delegation=belize)
    officer.get(QUEUE)
    with django_assert_num_queries(15) as counted:
        officer.get(QUEUE)
    for number in range(5):
        DelegateFactory.create_batch(2, delegation=DelegationFactory(party=PartyFactory(code=f"Q{number}")))
    with django_assert_num_queries(len(counted.captured_queries)):
        officer.get(QUEUE)


def test_many_are_approved_by_one_action(officer, belize):
    delegates = DelegateFactory.create_batch(2, delegation=belize)
    answer = officer.post(
        QUEUE,
        {"action": "approve_selected", "_selected_action": [each.pk for each in delegates]},
        follow=True,
    )
    assert answer.redirect_chain[-1][0].startswith("/admin/registration/batch/")
    assert answer.context["progress"].being_made == 2
    assert set(Delegate.objects.values_list("status", flat=True)) == {"approved"}


def test_one_is_approved_from_its_page_by_post_only(officer, delegate):
    officer.get(f"{QUEUE}{delegate.pk}/decide/approve/")
    delegate.refresh_from_db()
    assert delegate.status == "submitted"
    assert "Approve" in officer.get(f"{QUEUE}{delegate.pk}/change/").content.decode()
    officer.post(f"{QUEUE}{delegate.pk}/decide/approve/")
    delegate.refresh_from_db()
    assert delegate.status == "approved"
    change = delegate.status_changes.last()
    assert (change.by.username, change.from_status, change.to_status) == (
        "executive",
        "submitted",
        "approved",
    )


def test_rejecting_needs_a_reason_and_the_delegate_receives_it(officer, delegate):
    action = {"action": "reject_selected", "_selected_action": [delegate.pk]}
    asked = officer.post(QUEUE, action)
    assert asked.status_code == 200 and "Reason" in asked.content.decode()
    empty = officer.post(QUEUE, {**action, "reason": " "})
    assert empty.status_code == 400
    officer.post(QUEUE, {**action, "reason": "Belize has named somebody else."})
    delegate.refresh_from_db()
    assert (delegate.status, delegate.seat_number) == ("rejected", None)
    mail = OutgoingMail.objects.get(kind="rejected")
    assert mail.to == "maria@example.org" and "Belize has named somebody else." in mail.text


def test_a_second_decision_is_refused_with_a_message(officer, delegate):
    officer.post(f"{QUEUE}{delegate.pk}/decide/approve/")
    answer = officer.post(f"{QUEUE}{delegate.pk}/decide/approve/", follow=True)
    assert "present status does not allow" in answer.content.decode()
    assert delegate.status_changes.filter(to_status="approved").count() == 1


def test_each_look_at_a_passport_is_recorded(officer, delegate):
    PassportCopyFactory(delegate=delegate, key=save_private("passports", PDF))
    page = officer.get(f"{QUEUE}{delegate.pk}/passport/").content.decode()
    assert delegate.passport.number in page
    answer = officer.get(f"{QUEUE}{delegate.pk}/passport/copy/?why=visa")
    assert answer.content == PDF
    assert answer["Content-Disposition"] == f'attachment; filename="passport-{delegate.code}.pdf"'
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff" and "no-store" in answer["Cache-Control"]
    records = AccessRecord.objects.order_by("pk").values_list("actor", "action", "about", "address", "reason")
    assert list(records) == [
        ("executive", "view", delegate.public_id, "127.0.0.1", ""),
        ("executive", "download", delegate.public_id, "127.0.0.1", "a question about the visa"),
    ]


@pytest.mark.parametrize("why", ["", "?why=", "?why=curiosity"])
def test_a_copy_leaves_the_portal_for_a_reason_only(officer, delegate, why):
    PassportCopyFactory(delegate=delegate, key=save_private("passports", PDF))
    answer = officer.get(f"{QUEUE}{delegate.pk}/passport/copy/{why}")
    assert answer.status_code == 400 and list(answer.context["download"].errors) == ["why"]
    assert not AccessRecord.objects.filter(action="download").exists()


def test_a_look_is_recorded_even_when_the_file_cannot_be_read(officer, delegate):
    PassportCopyFactory(delegate=delegate)  # its file does not exist
    officer.raise_request_exception = False
    assert officer.get(f"{QUEUE}{delegate.pk}/passport/copy/?why=compare").status_code == 503
    assert AccessRecord.objects.get().action == "download"


def test_seeing_delegates_does_not_mean_seeing_passports(belize, delegate):
    officer = signed_in(EXECUTIVE_SECRETARIAT)
    group = Group.objects.get(name=EXECUTIVE_SECRETARIAT)
    group.permissions.remove(group.permissions.get(codename="view_passport_copy"))
    assert officer.get(f"{QUEUE}{delegate.pk}/change/").status_code == 200
    assert delegate.passport.number not in officer.get(f"{QUEUE}{delegate.pk}/change/").content.decode()
    for address in ("passport/", "passport/copy/"):
        assert officer.get(f"{QUEUE}{delegate.pk}/{address}").status_code == 403
    assert not AccessRecord.objects.exists()


def test_other_staff_have_no_way_in(delegate):
    iom = signed_in(IOM_TRAVEL)
    for address in (
        "",
        f"{delegate.pk}/change/",
        f"{delegate.pk}/passport/",
        f"{delegate.pk}/passport/copy/",
        "add/",
    ):
        assert iom.get(QUEUE + address).status_code == 403
    assert iom.post(f"{QUEUE}{delegate.pk}/decide/approve/").status_code == 403
    delegate.refresh_from_db()
    assert delegate.status == "submitted"


def test_staff_add_a_delegate_after_the_deadline_with_a_reason(belize):
    with time_machine.travel(DEADLINE, tick=False):
        officer = signed_in(EXECUTIVE_SECRETARIAT)
        assert "Registration has closed" in officer.get(f"{QUEUE}add/").content.decode()
        refused = officer.post(f"{QUEUE}add/", filled_in(role="official", source="email"))
        assert refused.status_code == 400 and list(refused.context["form"].errors) == ["reason"]
        officer.post(
            f"{QUEUE}add/", filled_in(role="official", source="email", reason="Arrived by e-mail on 1 March")
        )
    delegate = Delegate.objects.get()
    assert (delegate.source, delegate.source_reason, delegate.entered_by.username, delegate.seat_number) == (
        "email",
        "Arrived by e-mail on 1 March",
        "executive",
        1,
    )


def test_staff_add_a_speaker_who_takes_no_seat(officer, belize):
    officer.post(f"{QUEUE}add/", filled_in(role="speaker", source="staff", reason="Invited speaker"))
    delegate = Delegate.objects.get()
    assert (delegate.role, delegate.seat_number) == ("speaker", None)
