"""The list of participants: its order, who has it with what, and who stands in what the participants see."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils.text import slugify

from rcm_portal.models import AccessRecord
from registration import services
from registration.enums import DelegateRole, DelegateStatus, PartyKind
from registration.models import Delegate
from registration.services.transitions import staff
from tests import accounts
from tests.acceptance.pdf_text import text_of
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory
from tests.registration.forms import edited, filled_in
from tests.registration.pages import page
from tests.strict import LintingClient, body_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_time")]

PARTIES = (
    ("DEU", PartyKind.MEMBER_COUNTRY, "Alemania", "Germany"),
    ("USA", PartyKind.MEMBER_COUNTRY, "Estados Unidos", "United States"),
    ("HND", PartyKind.MEMBER_COUNTRY, "Honduras", "Honduras"),
    ("ACN", PartyKind.INTERNATIONAL_ORGANISATION, "ACNUR", "UNHCR"),
    ("RNC", PartyKind.CIVIL_SOCIETY_NETWORK, "Red civil", "Civil network"),
    ("XYZ", PartyKind.INTERNATIONAL_ORGANISATION, "Unicef", "Unicef"),
)


@pytest.fixture
def workshop():
    return WorkshopFactory(publishes_participants=True)


@pytest.fixture
def parties(workshop):
    return {
        code: DelegationFactory(
            workshop=workshop,
            party=PartyFactory(code=code, kind=kind, name_es=spanish, name_en=english),
            seat_limit=None,
        )
        for code, kind, spanish, english in reversed(PARTIES)
    }


def comes(delegation, surnames, **facts) -> Delegate:
    """Somebody confirmed who agreed to be seen."""
    given = {
        "given_names": "Ana",
        "institution": f"Instituto {surnames}",
        "position": f"Cargo {surnames}",
        "email": f"{slugify(surnames)}@example.org",
        "phone": "+504 2200 0000",
        "status": DelegateStatus.CONFIRMED,
        "listed_at": IN_TIME,
        "email_confirmed_at": IN_TIME,
        "approved_at": IN_TIME,
        **facts,
    }
    return DelegateFactory(delegation=delegation, surnames=surnames, **given)


def everybody(parties) -> None:
    comes(parties["HND"], "Zelaya")
    comes(parties["HND"], "Ñúñez")
    comes(parties["HND"], "Nuñez", email="another@example.org")
    comes(parties["HND"], "Zúñiga", head_of_delegation=True)
    comes(parties["DEU"], "Müller")
    comes(parties["USA"], "Adams")
    comes(parties["XYZ"], "Clark", role=DelegateRole.SPEAKER, seat_number=None)
    comes(parties["RNC"], "Quiroz", role=DelegateRole.SPEAKER, seat_number=None)
    comes(parties["ACN"], "Baker", role=DelegateRole.SPEAKER, seat_number=None)


ORDER = ["Müller", "Adams", "Zúñiga", "Nuñez", "Ñúñez", "Zelaya", "Baker", "Quiroz", "Clark"]


def file_of(client, workshop, **sent):
    address = f"/admin/registration/workshop/{workshop.pk}/participants/file/"
    return client.post(address, {"kind": "xlsx", "language": "en", **sent})


def rows_of(answer) -> list[list]:
    assert answer.status_code == 200, answer
    book = openpyxl.load_workbook(io.BytesIO(body_of(answer)))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def published(delegate) -> str:
    """The text of the list that a delegate downloads, with single spaces."""
    answer = LintingClient().get(page(delegate, "participants"))
    assert answer.status_code == 200
    return " ".join(text_of(body_of(answer)).split())


class TestStaffsList:
    @pytest.mark.parametrize(
        ("language", "titles"),
        [
            ("en", ["Germany", "United States", "Honduras", "UNHCR", "Civil network", "Unicef"]),
            ("es", ["Alemania", "Estados Unidos", "Honduras", "ACNUR", "Red civil", "Unicef"]),
        ],
    )
    def test_countries_by_spanish_name_heads_first_then_organisations(
        self, workshop, parties, language, titles
    ):
        everybody(parties)
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        rows = rows_of(file_of(client, workshop, language=language))[1:]
        assert [row[2].split()[-1] for row in rows] == ORDER
        assert list(dict.fromkeys(row[1] for row in rows)) == titles
        assert [row[2].split()[-1] for row in rows if row[3]] == ["Zúñiga"]
        assert len({row[0] for row in rows}) == 2  # countries, and organisations of whatever kind
        pdf = text_of(body_of(file_of(client, workshop, language=language, kind="pdf")))
        places = [pdf.index(f"Ana {name}") for name in ORDER]
        assert places == sorted(places)

    def test_all_who_are_approved_stand_in_it_whether_or_not_they_agreed(self, workshop, parties):
        comes(parties["HND"], "Zelaya", listed_at=None)
        comes(parties["HND"], "Rivas", status=DelegateStatus.APPROVED, listed_at=None)
        comes(parties["HND"], "Gone", status=DelegateStatus.CANCELLED, seat_number=None)
        comes(parties["HND"], "Asked", status=DelegateStatus.SUBMITTED)
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        headings, *rows = rows_of(file_of(client, workshop))
        state, listed = headings.index("Attendance confirmed"), headings.index("In the participants’ list")
        assert [(row[2], row[state], row[listed]) for row in rows] == [
            ("Ana Rivas", "no", "no"),
            ("Ana Zelaya", "yes", "no"),
        ]

    def test_contact_data_on_demand_for_the_secretariat_and_never_for_the_host(self, workshop, parties):
        comes(parties["HND"], "Zelaya")
        for role, status in (("secretariat", 200), ("host", 403)):
            client = accounts.signed_in(accounts.make_staff(role))
            shown = client.get(f"/admin/registration/workshop/{workshop.pk}/participants/").content.decode()
            assert ('name="contact"' in shown) == (status == 200)
            assert "zelaya@example.org" not in shown
            for kind in ("xlsx", "pdf"):
                without = body_of(file_of(client, workshop, kind=kind))
                said = text_of(without) if kind == "pdf" else str(rows_of(file_of(client, workshop)))
                assert "Zelaya" in said
                assert "zelaya@example.org" not in said
                assert file_of(client, workshop, kind=kind, contact="on").status_code == status
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        assert "zelaya@example.org" in str(rows_of(file_of(client, workshop, contact="on")))
        assert "+504 2200 0000" in text_of(body_of(file_of(client, workshop, contact="on", kind="pdf")))

    def test_each_look_and_file_is_recorded_with_what_left(self, workshop, parties):
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        client.get(f"/admin/registration/workshop/{workshop.pk}/participants/")
        file_of(client, workshop, contact="on")
        file_of(client, workshop, kind="pdf")
        assert [
            (each.action, each.subject, each.workshop) for each in AccessRecord.objects.order_by("pk")
        ] == [
            ("view", "list of participants", workshop.slug),
            ("export", "list of participants (xlsx, with contact data)", workshop.slug),
            ("export", "list of participants (pdf)", workshop.slug),
        ]

    @pytest.mark.parametrize("role", ["iom", "reception", "protection"])
    def test_nobody_else_has_it(self, workshop, role):
        client = accounts.signed_in(accounts.make_staff(role))
        assert client.get(f"/admin/registration/workshop/{workshop.pk}/participants/").status_code == 403
        assert file_of(client, workshop).status_code == 403
        assert not AccessRecord.objects.exists()

    def test_what_is_no_kind_or_language_is_not_found(self, workshop):
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        assert file_of(client, workshop, kind="exe").status_code == 404
        assert file_of(client, workshop, language="fr").status_code == 404

    @pytest.mark.parametrize("text", ["=1+1", "@x"])
    def test_cells_are_inert(self, workshop, parties, text):
        comes(parties["HND"], "Zelaya", institution=text)
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        book = openpyxl.load_workbook(io.BytesIO(body_of(file_of(client, workshop))))
        cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == text]
        assert [cell.data_type for cell in cells] == ["s"]

    @pytest.mark.parametrize("rows", [1, 3])
    def test_the_number_of_queries_does_not_grow(self, workshop, parties, rows, django_assert_num_queries):
        for number in range(rows):
            comes(parties[PARTIES[number][0]], f"Rivas {number}", email=f"r{number}@example.org")
        client = accounts.signed_in(accounts.make_staff("secretariat"))
        address = f"/admin/registration/workshop/{workshop.pk}/participants/"
        client.get(address)
        with django_assert_num_queries(8):
            client.get(address)
        with django_assert_num_queries(7):
            file_of(client, workshop)


class TestPublishedList:
    def test_who_is_confirmed_sees_who_is_confirmed_and_agreed_without_contact_data(self, workshop, parties):
        reader = comes(parties["HND"], "Zelaya")
        comes(parties["DEU"], "Müller")
        comes(parties["DEU"], "Silent", listed_at=None)
        comes(parties["DEU"], "Waits", status=DelegateStatus.APPROVED)
        comes(parties["DEU"], "Gone", status=DelegateStatus.CANCELLED, seat_number=None)
        elsewhere = DelegationFactory(workshop=WorkshopFactory(slug="other"), party=parties["DEU"].party)
        comes(elsewhere, "Elsewhere")
        said = published(reader)
        assert "Ana Müller" in said
        assert "Instituto Müller" in said
        assert not [name for name in ("Silent", "Waits", "Gone", "Elsewhere") if name in said]
        assert "@example.org" not in said
        assert "2200" not in said

    def test_consent_taken_back_is_gone_from_the_next_download_and_can_be_given_again(
        self, workshop, parties
    ):
        reader, other = comes(parties["HND"], "Zelaya"), comes(parties["DEU"], "Müller")
        assert "Müller" in published(reader)
        assert "Take me off the list" in LintingClient().get(page(other)).content.decode()
        answer = LintingClient().post(page(other, "listed"), {"listed": "no"})
        assert answer.url == page(other)
        assert "Müller" not in published(reader)
        assert Delegate.objects.get(pk=other.pk).listed_at is None
        assert "Put me on the list" in LintingClient().get(page(other)).content.decode()
        LintingClient().post(page(other, "listed"), {"listed": "yes"})
        assert "Müller" in published(reader)

    def test_it_is_behind_the_own_link_of_who_is_confirmed_at_that_workshop(self, workshop, parties):
        reader = comes(parties["HND"], "Zelaya")
        address = page(reader, "participants")
        waits = comes(parties["DEU"], "Waits", status=DelegateStatus.APPROVED)
        assert LintingClient().get(page(waits, "participants")).status_code == 404
        assert "participants.pdf" not in LintingClient().get(page(waits)).content.decode()
        other = WorkshopFactory(slug="other", publishes_participants=True)
        assert LintingClient().get(address.replace(workshop.slug, other.slug)).status_code == 404
        assert LintingClient().get(address).status_code == 200
        Delegate.objects.filter(pk=reader.pk).update(link_version=7)
        assert LintingClient().get(address).status_code == 410

    def test_the_workshops_staff_switch_it_on(self, workshop, parties):
        reader = comes(parties["HND"], "Zelaya")
        assert "participants.pdf" in LintingClient().get(page(reader)).content.decode()
        workshop.publishes_participants = False
        workshop.save()
        assert LintingClient().get(page(reader, "participants")).status_code == 404
        shown = LintingClient().get(page(reader)).content.decode()
        assert "participants.pdf" not in shown
        assert "Take me off the list" in shown
        refused = LintingClient().post(page(reader, "listed"), {"listed": "yes"}, follow=True)
        assert "Nobody can be put on the list" in refused.text
        assert LintingClient().post(page(reader, "listed"), {"listed": "no"}).status_code == 302

    def test_who_has_cancelled_is_told_that_nobody_is_put_on_it_any_more(self, workshop, parties):
        leaves = comes(parties["DEU"], "Müller", listed_at=None)
        services.cancel(delegate=leaves, by=staff(None), reason="ill", now=IN_TIME)
        refused = LintingClient().post(page(leaves, "listed"), {"listed": "yes"}, follow=True)
        assert "Nobody can be put on the list" in refused.text
        assert Delegate.objects.get(pk=leaves.pk).listed_at is None

    def test_each_download_is_recorded(self, workshop, parties):
        reader = comes(parties["HND"], "Zelaya")
        published(reader)
        record = AccessRecord.objects.get()
        assert (record.actor, record.action, record.about) == ("personal link", "export", reader.public_id)

    def test_cancelling_or_becoming_another_person_takes_one_off_it(self, workshop, parties):
        reader, leaves = comes(parties["HND"], "Zelaya"), comes(parties["DEU"], "Müller")
        services.cancel(delegate=leaves, by=staff(None), reason="ill", now=IN_TIME)
        assert "Müller" not in published(reader)
        services.update_details(
            delegate=reader, details={"surnames": "Otra"}, passport={}, now=IN_TIME, by=staff(None)
        )
        reader.refresh_from_db()
        assert reader.listed_at is None

    def test_the_date_is_that_of_the_first_consent(self, workshop, parties, time_machine):
        reader = comes(parties["HND"], "Zelaya")
        time_machine.move_to(IN_TIME + timedelta(hours=1), tick=False)
        LintingClient().post(page(reader, "listed"), {"listed": "yes"})
        assert Delegate.objects.get(pk=reader.pk).listed_at == IN_TIME


class TestForm:
    def registers(self, workshop, parties, **changes):
        form = filled_in(delegation="HND", nationality="HND", no_reimbursement=None, **changes)
        answer = LintingClient().post(f"/en/{workshop.slug}/register/", form)
        assert answer.status_code == 302, answer.context["form"].errors
        return Delegate.objects.get()

    def test_the_tick_is_asked_for_where_the_list_is_published(self, workshop, parties):
        address = f"/en/{workshop.slug}/register/"
        assert 'name="listed"' in LintingClient().get(address).content.decode()
        workshop.publishes_participants = False
        workshop.save()
        assert 'name="listed"' not in LintingClient().get(address).content.decode()

    @pytest.mark.parametrize(("tick", "agreed"), [("on", IN_TIME), (None, None)])
    def test_without_the_tick_nobody_stands_in_it(self, workshop, parties, tick, agreed):
        assert self.registers(workshop, parties, listed=tick).listed_at == agreed

    def test_where_it_is_not_published_a_tick_that_is_sent_counts_for_nothing(self, workshop, parties):
        workshop.publishes_participants = False
        workshop.save()
        assert self.registers(workshop, parties, listed="on").listed_at is None

    def test_changing_ones_details_leaves_the_consent(self, workshop, parties):
        delegate = self.registers(workshop, parties, listed="on")
        sent = edited(delegate, phone="+504 2200 0001", nationality="HND", no_reimbursement=None)
        assert LintingClient().post(page(delegate, "edit"), sent).status_code == 302
        assert Delegate.objects.get().listed_at == IN_TIME
