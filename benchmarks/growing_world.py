"""A portal with so many people at so many workshops, made in bulk: what `growth` measures. The people come to copies of the
preset's workshop, of like size; each delegation has its share of every state, and one in a hundred is registered twice."""

import random
from datetime import date, datetime, timedelta
from itertools import count
from uuid import uuid4

from benchmarks.tickets import analyze

SURNAMES = ["Núñez", "de la Cruz", "O'Neill", "Xol", "García", "Müller", "Argüello", "Tzoc", "Pérez", "Ixcoy"]
GIVEN_NAMES = ["María José", "Juan Pablo", "Ana-Lucía", "Conor", "Jürgen", "Óscar", "Inés", "Tomás"]
# Of twenty: sixteen approved with a letter, of which half accepted; two to decide, one waiting, one who withdrew.
STATES = ("confirmed", "approved") * 8 + ("submitted",) * 2 + ("waitlisted", "cancelled")
BATCH = 2000


def world(people: int, workshops: int, now: datetime) -> list:
    """Make it; returns the workshops. The preset's own is the first of them."""
    from django.db import connection

    from logistics.models import Benefit
    from registration.models import Delegation, Workshop

    first = Workshop.objects.get()
    first.letters_issued = people
    parties = Delegation.objects.count()
    Delegation.objects.update(
        seat_limit=people // (parties * workshops) + 3
    )  # more than ever hold one of them
    Benefit.objects.update(limit=None)
    every = [first, *(copy_of(first, number) for number in range(1, workshops))]
    with connection.cursor() as cursor:
        # Without the guards: they take a lock for each address, and a transaction has room for some thousands.
        cursor.execute("SET LOCAL session_replication_role = replica")
        make_people(people, every, now)
        cursor.execute("SET LOCAL session_replication_role = origin")
        # One process does all, and is measured.
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    analyze()
    return every


def copy_of(first, number: int):
    """Another workshop with the same delegations, reminders and air ticket."""
    from logistics.models import Benefit
    from registration.models import Delegation, ReminderRule, Workshop

    days = timedelta(days=number)
    own = {
        "slug": f"{first.slug}-{number}",
        "short_name_es": f"Taller {number}",
        "short_name_en": f"Workshop {number}",
    }
    dates = {
        "starts_on": first.starts_on + days,
        "ends_on": first.ends_on + days,
        "deadline": first.deadline + days,
    }
    workshop = again(first, **own, **dates)
    Workshop.objects.bulk_create([workshop])
    delegations = Delegation.objects.filter(workshop=first)
    Delegation.objects.bulk_create([again(row, workshop=workshop, public_id=uuid4()) for row in delegations])
    rules = ReminderRule.objects.filter(workshop=first)
    ReminderRule.objects.bulk_create([again(rule, workshop=workshop) for rule in rules])
    again(Benefit.objects.get(workshop=first, kind="air_ticket"), workshop=workshop).save()
    return workshop


def again(row, **changed):
    """A new row with the same columns, but for those that are changed."""
    same = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    return type(row)(
        **{
            **same,
            **{
                f"{name}_id" if hasattr(value, "pk") else name: getattr(value, "pk", value)
                for name, value in changed.items()
            },
        }
    )


def make_people(number: int, workshops: list, now: datetime) -> None:
    """People in the order in which they registered, workshop by workshop in turn."""
    from logistics.models import Benefit, Entitlement, TravelNeed
    from registration.models import (
        Acceptance,
        Delegate,
        Delegation,
        InvitationLetter,
        Passport,
        PassportCopy,
    )

    chance = random.Random(1)
    delegations = {workshop.pk: list(Delegation.objects.filter(workshop=workshop)) for workshop in workshops}
    flights = dict(Benefit.objects.filter(kind="air_ticket").values_list("workshop", "pk"))
    seats: dict[int, count] = {}
    for start in range(0, number, BATCH):
        people = []
        for each in range(start, min(start + BATCH, number)):
            workshop = workshops[each % len(workshops)]
            turn = each // len(workshops)
            delegation = delegations[workshop.pk][turn % len(delegations[workshop.pk])]
            people.append(person(each, delegation, STATES[chance.randrange(len(STATES))], seats, chance, now))
        for pair in range(0, len(people) - len(workshops), 100):
            one, other = people[pair], people[pair + len(workshops)]
            other.given_names, other.surnames, other.date_of_birth = (
                one.given_names,
                one.surnames,
                one.date_of_birth,
            )
        Delegate.objects.bulk_create(people)
        holders = [one for one in people if one.status != "cancelled"]
        Passport.objects.bulk_create(
            Passport(
                delegate=one,
                number="P1234567",
                number_index=f"{one.code}-index",
                issuing_country="GTM",
                expires_on=date(2037, 1, 1),
                verified_at=None if one.status == "submitted" else now,
            )
            for one in holders
        )
        PassportCopy.objects.bulk_create(
            PassportCopy(
                delegate=one, key=f"grown/{one.code}", media_type="image/jpeg", size=1, sha256="0" * 64
            )
            for one in holders
        )
        coming = [one for one in people if one.status in ("approved", "confirmed")]
        TravelNeed.objects.bulk_create(
            TravelNeed(delegate=one, departure_airport="GUA", answered_at=now) for one in coming
        )
        Entitlement.objects.bulk_create(
            Entitlement(
                delegate=one,
                benefit_id=flights[one.workshop_id],
                delegation_id=one.delegation_id,
                outcome="entitled",
                reason="listed",
                grant_number=one.seat_number,
            )
            for one in coming
        )
        letters = InvitationLetter.objects.bulk_create(letters_of(coming, now))
        Acceptance.objects.bulk_create(
            Acceptance(
                letter=letter, letter_version=1, letter_sha256="0" * 64, typed_name="-", at=now, language="es"
            )
            for letter in letters
            if letter.delegate.status == "confirmed"
        )


def person(each: int, delegation, status: str, seats: dict, chance: random.Random, now: datetime):
    from registration.models import Delegate

    holds = status in ("submitted", "approved", "confirmed")
    return Delegate(
        code=f"G{each:06d}",
        workshop_id=delegation.workshop_id,
        delegation=delegation,
        status=status,
        seat_number=next(seats.setdefault(delegation.pk, count(1))) if holds else None,
        waiting_position=each if status == "waitlisted" else None,
        level="technical",
        given_names=f"{chance.choice(GIVEN_NAMES)} {chr(65 + each % 26)}{chr(97 + each // 26 % 26)}",
        surnames=f"{chance.choice(SURNAMES)} {chance.choice(SURNAMES)}{chr(97 + each // 676 % 26)}",
        institution=f"Ministry no. {each % 300}",
        position="Director",
        email=f"grown{each}@example.org",
        email_key=f"grown{each}@example.org",
        phone="+502 5555 1234",
        language="es",
        nationality="GTM",
        date_of_birth=date(1955, 1, 1) + timedelta(days=chance.randrange(16_000)),
        sex="F",
        submitted_at=now - timedelta(minutes=each),
        email_confirmed_at=now,
        no_reimbursement_at=now,
        approved_at=now if status in ("approved", "confirmed") else None,
    )


def letters_of(people: list, now: datetime) -> list:
    """A made letter for each, that says what holds, with as many words as a real one."""
    from rcm_portal.registry import joined
    from registration.documents.letter import dates_of, table_of
    from registration.models import InvitationLetter
    from registration.questions import letter_benefits

    benefits = joined(answer(delegates=people, language="es") for answer in letter_benefits)
    return [
        InvitationLetter(
            delegate=one,
            workshop_id=one.workshop_id,
            number=int(one.code[1:]) + 1,
            reference=f"GROWN/{one.code}",
            language="es",
            content={
                "addressee": {"name": one.full_name},
                "dates": dates_of(one.delegation.workshop),
                "benefits": table_of(benefits.get(one.pk, [])),
                "paragraphs": ["Lorem ipsum dolor sit amet, consectetur adipiscing elit. " * 60],
            },
            key=f"grown/{one.code}",
            sha256="0" * 64,
            rendered_at=now,
            accept_by=now + timedelta(days=20),
        )
        for one in people
    ]
