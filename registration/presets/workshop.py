"""The sections that registration itself reads: source, parties, workshop and delegations."""

from datetime import date, datetime, time
from typing import Annotated

from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import Field

from rcm_portal.output.i18n import LANGUAGES, localized

from ..enums import IncomeGroup, Language, PartyKind, SummaryTo
from ..models import Delegation, IncomeClassification, Party, Workshop
from ..rules.workflow import over_from
from .mistakes import Mistakes
from .saved_values import both, filled, local, named_parties, source_of_all
from .sections import Section
from .tables import Code, Count, Email, Line, Table, Text, TimeZone, join, one_of, read
from .writer import texts


class Source(Table):
    document: Text
    income_groups: str = ""


class IncomePeriod(Table):
    group: one_of(IncomeGroup)
    starts: Annotated[date, Field(alias="from")]
    ends: Annotated[date | None, Field(alias="to")] = None
    source: str | None = None  # where it is not that of all the groups


class PartyTable(Table):
    code: Code
    kind: one_of(PartyKind)
    name: Text
    short_name: Text | None = None
    observer: bool = False
    time_zone: TimeZone | None = None
    income: list[IncomePeriod] = []


class RegistrationTable(Table):
    deadline: datetime
    email_confirmation_hours: Count = 48
    seat_offer_hours: Count = 48
    acceptance_days: Count = 5
    retention_days: Count = 30
    draft_days: Count = 7
    ended_passport_days: Count = 7
    uploads_per_delegate: Count = 10
    passport_required_for: one_of(("all", "flights")) = "all"
    publishes_participants: bool = False
    shared_mailboxes: bool = False
    hold_mail: bool = False


class SummaryTable(Table):
    """The Secretariat's daily summary, by the workshop's clock."""

    to: one_of(SummaryTo) = SummaryTo.OFFICERS.value
    at: time = time(7, 30)
    language: one_of(Language) = Language.SPANISH.value
    when_empty: bool = False


class WorkshopTable(Table):
    slug: Code
    name: Text
    short_name: Text
    summary: Text | None = None
    product: Text | None = None
    participation: Text | None = None
    transfers: Text | None = None
    reimbursement: Text | None = None
    starts_on: date
    ends_on: date
    income_date: date | None = None
    time_zone: TimeZone
    zone_label: Text | None = None
    venue: Text
    city: Text
    organiser: Text
    organiser_address: Text | None = None
    contact_email: Email
    host: Code | None = None
    host_contact: Text | None = None
    presidency: Code | None = None
    indexed: bool = False
    letter_prefix: Line | None = None
    consulate_language: one_of(Language) | None = None
    registration: RegistrationTable
    summary_mail: SummaryTable = SummaryTable()


class DelegationTable(Table):
    parties: Annotated[list[Code], Field(min_length=1)]
    seat_limit: Count | None = None
    link_required: bool = False
    accepts_registrations: bool = True
    note: Text | None = None


class SourceSection(Section):
    """What the facts were taken from; the source of the income groups stands beside each of them."""

    name = "source"
    required = True

    def validate(self, data, mistakes: Mistakes):
        return read(Source, data, self.name, mistakes)

    def load(self, tables, preset, writer) -> None:
        """Nothing of its own: the parties take the source of their income groups from here."""

    def save(self, workshop, *, afresh: bool = False):
        document = {}
        for code in LANGUAGES:
            with translation.override(code):
                document[code] = _("Saved from the portal: %(workshop)s") % {
                    "workshop": localized(workshop, "short_name")
                }
        return filled(document=document, income_groups=source_of_all(named_parties(workshop)))


class PartySection(Section):
    name = "parties"
    required = True

    def validate(self, data, mistakes: Mistakes):
        return read(list[PartyTable], data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        seen = set()
        for index, party in enumerate(tables):
            if party.code in seen:
                mistakes.add(
                    join(self.name, index, "code"), _("this party is in the file twice."), party.code
                )
            seen.add(party.code)
            _check_periods(party, join(self.name, index, "income"), mistakes)

    def load(self, tables, preset, writer) -> None:
        source = preset.tables["source"].income_groups
        for index, table in enumerate(tables):
            path = join(self.name, index)
            party = writer.put(
                Party,
                table.code,
                path=path,
                lookup={"code": table.code},
                values={
                    "kind": table.kind,
                    "observer": table.observer,
                    "time_zone": table.time_zone or "",
                    **texts("name", table.name),
                    **texts("short_name", table.short_name),
                },
            )
            for number, period in enumerate(table.income if party else ()):
                writer.put(
                    IncomeClassification,
                    f"{table.code}/{period.starts}",
                    path=join(path, "income", number),
                    lookup={"party": party, "valid_from": period.starts},
                    values={
                        "group": period.group,
                        "valid_to": period.ends,
                        "source": source if period.source is None else period.source,
                    },
                    toml_keys={"valid_from": "from", "valid_to": "to"},
                    clean=False,  # periods may overlap while some are still to be written; the loader looks at the end
                )

    def save(self, workshop, *, afresh: bool = False):
        parties = named_parties(workshop)
        source = source_of_all(parties)
        return [
            filled(
                code=party.code,
                kind=party.kind,
                name=both(party, "name"),
                short_name=both(party, "short_name"),
                observer=party.observer,
                time_zone=party.time_zone,
                income=[
                    filled(**{"group": row.group, "from": row.valid_from, "to": row.valid_to})
                    | ({"source": row.source} if row.source != source else {})
                    for row in party.income_groups.all()
                ],
            )
            for party in parties
        ]


class WorkshopSection(Section):
    """The workshop itself. Its dates and deadline move with the first day asked for; income groups do not.

    A workshop shown on other dates than its own is judged by the income groups of its own first day, and says so: the
    World Bank's periods are facts about parties, who stay the same for all workshops, and are never moved.
    """

    name = "workshop"
    required = True

    def validate(self, data, mistakes: Mistakes):
        return read(WorkshopTable, data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        for role in ("host", "presidency"):
            code = getattr(tables, role)
            if code and code not in preset.party_codes:
                mistakes.add(join(self.name, role), _("no party of this file has this code."), code)
        if tables.ends_on < tables.starts_on:
            mistakes.add(join(self.name, "ends_on"), _("the last day is before the first."), tables.ends_on)
        self._check_deadline(tables, preset, mistakes)

    def load(self, tables, preset, writer) -> None:
        registration = tables.registration
        parties = {party.code: party for party in Party.objects.filter(code__in=preset.party_codes)}
        writer.workshop = writer.put(
            Workshop,
            tables.slug,
            path=self.name,
            # Of one that is not there yet, so that publishing it is never the file's to change afterwards.
            lookup={"slug": tables.slug} | ({} if writer.workshop else {"published": preset.published}),
            values={
                **{
                    column: value
                    for name in _TEXTS
                    for column, value in texts(name, getattr(tables, name)).items()
                },
                "starts_on": preset.on(tables.starts_on),
                "ends_on": preset.on(tables.ends_on),
                "income_reference_date": self._income_date(tables, preset),
                "time_zone": tables.time_zone,
                "deadline": preset.at(registration.deadline),
                "contact_email": tables.contact_email,
                "host": parties.get(tables.host),
                "presidency": parties.get(tables.presidency),
                "indexed": tables.indexed,
                "letter_prefix": tables.letter_prefix or "",
                "consulate_language": tables.consulate_language or "",
                **{name: getattr(registration, name) for name in _SETTINGS},
                **{f"summary_{name}": getattr(tables.summary_mail, name) for name in _SUMMARY},
            },
            toml_keys={"income_reference_date": "income_date"}
            | {name: f"registration.{name}" for name in ("deadline", *_SETTINGS)}
            | {f"summary_{name}": f"summary_mail.{name}" for name in _SUMMARY},
        )

    def save(self, workshop, *, afresh: bool = False):
        return filled(
            slug=workshop.slug,
            **{name: both(workshop, name) for name in _TEXTS},
            starts_on=workshop.starts_on,
            ends_on=workshop.ends_on,
            income_date=None if afresh else workshop.income_reference_date,
            time_zone=workshop.time_zone,
            contact_email=workshop.contact_email,
            host=workshop.host and workshop.host.code,
            presidency=workshop.presidency and workshop.presidency.code,
            indexed=workshop.indexed,
            letter_prefix="" if afresh else workshop.letter_prefix,
            consulate_language=workshop.consulate_language,
            registration={
                "deadline": local(workshop.deadline, workshop.zone),
                **{name: getattr(workshop, name) for name in _SETTINGS},
            },
            summary_mail={name: getattr(workshop, f"summary_{name}") for name in _SUMMARY},
        )

    def parties(self, workshop) -> set[str]:
        return {party.code for party in (workshop.host, workshop.presidency) if party}

    @staticmethod
    def _income_date(tables, preset) -> date | None:
        moved = tables.starts_on if preset.shift and preset.own_income else None
        return tables.income_date or moved

    def _check_deadline(self, tables, preset, mistakes: Mistakes) -> None:
        deadline = tables.registration.deadline
        path = join(self.name, "registration.deadline")
        local = deadline.astimezone(preset.zone) if deadline.tzinfo else deadline.replace(tzinfo=preset.zone)
        if deadline.tzinfo and deadline.utcoffset() != local.utcoffset():
            message = _("in %(zone)s the offset from UTC on that day is %(offset)s.")
            mistakes.add(
                path,
                message % {"zone": tables.time_zone, "offset": local.isoformat()[-len("+00:00") :]},
                deadline,
            )
        if local > over_from(tables.ends_on, preset.zone):
            mistakes.add(path, _("the deadline is after the workshop's last day."), deadline)


class DelegationSection(Section):
    name = "delegations"
    required = True

    def validate(self, data, mistakes: Mistakes):
        return read(list[DelegationTable], data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        seen = set()
        for index, table in enumerate(tables):
            for number, code in enumerate(table.parties):
                path = join(self.name, index, "parties", number)
                if code not in preset.party_codes:
                    mistakes.add(path, _("no party of this file has this code."), code)
                if code in seen:
                    mistakes.add(path, _("this party has a delegation in the file already."), code)
                seen.add(code)

    def load(self, tables, preset, writer) -> None:
        parties = {party.code: party for party in Party.objects.filter(code__in=preset.party_codes)}
        for index, table in enumerate(tables):
            for code in table.parties:
                if code not in parties:  # staff deleted the party
                    continue
                writer.put(
                    Delegation,
                    code,
                    path=join(self.name, index),
                    lookup={"workshop": writer.workshop, "party": parties[code]},
                    values={
                        "seat_limit": table.seat_limit,
                        "link_required": table.link_required,
                        "accepts_registrations": table.accepts_registrations,
                        **texts("note", table.note),
                    },
                )

    def save(self, workshop, *, afresh: bool = False):
        """Delegations on the same terms are named together, in the order in which they were made."""
        tables: list[dict] = []
        for row in workshop.delegations.select_related("party").order_by("pk"):
            terms = filled(
                seat_limit=row.seat_limit,
                link_required=row.link_required,
                accepts_registrations=row.accepts_registrations,
                note=both(row, "note"),
            )
            for table in tables:
                if table == {"parties": table["parties"]} | terms:
                    table["parties"].append(row.party.code)
                    break
            else:
                tables.append({"parties": [row.party.code]} | terms)
        return tables

    def parties(self, workshop) -> set[str]:
        return set(workshop.delegations.values_list("party__code", flat=True))


_TEXTS = (
    "name",
    "short_name",
    "summary",
    "product",
    "participation",
    "transfers",
    "reimbursement",
    "zone_label",
    "venue",
    "city",
    "organiser",
    "organiser_address",
    "host_contact",
)
_SUMMARY = ("to", "at", "language", "when_empty")
_SETTINGS = (
    "email_confirmation_hours",
    "seat_offer_hours",
    "acceptance_days",
    "retention_days",
    "draft_days",
    "ended_passport_days",
    "uploads_per_delegate",
    "passport_required_for",
    "publishes_participants",
    "shared_mailboxes",
    "hold_mail",
)


def _check_periods(party: PartyTable, path: str, mistakes: Mistakes) -> None:
    """The periods of one party are in order, do not overlap, and only the last may be open."""
    before = None
    for number, period in enumerate(party.income):
        place = join(path, number)
        if period.ends is not None and period.ends < period.starts:
            mistakes.add(join(place, "to"), _("the period ends before it begins."), period.ends)
        if before is not None and (before.ends is None or period.starts <= before.ends):
            mistakes.add(
                join(place, "from"),
                _("the period overlaps the one before it, or stands before it."),
                period.starts,
            )
        before = period
