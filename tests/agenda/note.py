"""The concept note's agenda as rows of the draft, written from the facts and not from the preset file."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agenda.models import AgendaDay, AgendaItem, CountrySlot, Presenter, Roundtable
from agenda.services.editing import set_objectives
from registration.enums import PartyKind
from registration.models import Delegation, Party, Workshop

ZONE = ZoneInfo("America/Mexico_City")
MEMBERS = {  # in the order of the Spanish names
    "BLZ": ("Belice", "Belize"),
    "CAN": ("Canadá", "Canada"),
    "CRI": ("Costa Rica", "Costa Rica"),
    "SLV": ("El Salvador", "El Salvador"),
    "USA": ("Estados Unidos de América", "United States of America"),
    "GTM": ("Guatemala", "Guatemala"),
    "HND": ("Honduras", "Honduras"),
    "MEX": ("México", "Mexico"),
    "NIC": ("Nicaragua", "Nicaragua"),
    "PAN": ("Panamá", "Panama"),
    "DOM": ("República Dominicana", "Dominican Republic"),
}
PROGRESS = (
    "Progreso, retos y prioridades de los Países Miembros en la implementación del Pacto Mundial",
    "Progress, challenges and priorities of the Member Countries in the implementation of the Global Compact",
)
TABLES = {
    1: (
        (2, 5, 6, 12, 18),
        "Factores adversos de la migración, vías regulares",
        "Adverse factors of migration, regular pathways",
    ),
    2: ((4, 8, 9, 10, 11, 13, 21), "Gobernanza de la migración", "Migration governance"),
    3: ((14, 15, 16, 19, 20, 22), "Inclusión", "Inclusion"),
    4: (
        (1, 3, 7, 17, 23),
        "Datos, información y políticas con base empírica",
        "Data, information and evidence-based policies",
    ),
}
# (date, start, end, key, kind, numbered, Spanish title, English title, Spanish heading, English heading)
THURSDAY, FRIDAY = date(2022, 3, 31), date(2022, 4, 1)
ITEMS = [
    (
        THURSDAY,
        "09:30",
        "10:00",
        "photo",
        "ceremony",
        False,
        "Registro y fotografía oficial",
        "Registration and official photograph",
    ),
    (THURSDAY, "10:00", "10:30", "welcome", "ceremony", True, "Palabras de bienvenida", "Welcoming remarks"),
    (
        THURSDAY,
        "10:30",
        "10:45",
        "roadmap",
        "session",
        True,
        "Hoja de ruta hacia el FEMI",
        "Roadmap to the IMRF",
    ),
    (THURSDAY, "10:45", "11:45", "progress-1", "session", True, *PROGRESS),
    (THURSDAY, "11:45", "12:00", "coffee-1", "break", False, "Pausa para café", "Coffee break"),
    (THURSDAY, "12:00", "13:00", "progress-2", "session", True, *PROGRESS),
    (THURSDAY, "13:00", "14:30", "lunch", "meal", True, "Comida", "Lunch"),
    (
        THURSDAY,
        "14:30",
        "15:30",
        "roundtables",
        "session",
        True,
        "Resumen de resultados regionales",
        "Summary of regional results",
    ),
    (THURSDAY, "15:30", "15:45", "coffee-2", "break", False, "Pausa para café", "Coffee break"),
    (
        THURSDAY,
        "15:45",
        "17:30",
        "discussion",
        "session",
        True,
        "Diálogo moderado (todos los países)",
        "Moderated discussion (all countries)",
    ),
    (
        THURSDAY,
        "17:30",
        "17:50",
        "practices",
        "session",
        True,
        "Buenas prácticas de la Red Regional",
        "Good practices of the Regional Network",
    ),
    (THURSDAY, "17:50", None, "dinner", "social", False, "Cena libre", "Open dinner"),
    (
        FRIDAY,
        "10:00",
        "11:30",
        "revision",
        "session",
        True,
        "Revisión de la declaración propuesta",
        "Revision of the proposed declaration",
    ),
    (
        FRIDAY,
        "11:30",
        "12:00",
        "adoption",
        "session",
        True,
        "Adopción de la declaración",
        "Adoption of the declaration",
    ),
    (FRIDAY, "12:00", "12:30", "closing", "ceremony", True, "Palabras de clausura", "Closing remarks"),
]
HEADINGS = {
    "progress-1": (
        "Progreso y prioridades de los Países Miembros",
        "Progress and priorities of the Member Countries",
    ),
    "roundtables": ("Retos y prioridades regionales", "Regional challenges and priorities"),
}


def instant(day: date, clock: str | None) -> datetime | None:
    return datetime.combine(day, time.fromisoformat(clock), ZONE) if clock else None


def workshop(slug: str = "imrf-2022", **more) -> Workshop:
    """The workshop with its Member Countries as delegations."""
    values = {
        "slug": slug,
        "name_es": "II Taller preparatorio para el Foro de Examen de la Migración Internacional",
        "name_en": "II Preparation Workshop for the International Migration Review Forum",
        "short_name_es": "II Taller preparatorio FEMI",
        "short_name_en": "II IMRF Preparation Workshop",
        "organiser_es": "Secretaría Ejecutiva de la CRM",
        "organiser_en": "RCM Executive Secretariat",
        "contact_email": "CRMST@iom.int",
        "venue_es": "Secretaría de Gobernación",
        "venue_en": "Ministry of the Interior",
        "city_es": "Ciudad de México",
        "city_en": "Mexico City",
        "zone_label_es": "hora de la Ciudad de México",
        "zone_label_en": "Mexico City time",
        "starts_on": THURSDAY,
        "ends_on": FRIDAY,
        "time_zone": "America/Mexico_City",
        "deadline": datetime(2022, 3, 2, tzinfo=ZONE),
    }
    made = Workshop.objects.create(**(values | more))
    for code in MEMBERS:
        Delegation.objects.create(workshop=made, party=party(code), seat_limit=2)
    return made


def party(code: str) -> Party:
    names = (
        MEMBERS.get(code)
        or {
            "IOM": (
                "Organización Internacional para las Migraciones",
                "International Organization for Migration",
            )
        }[code]
    )
    kind = PartyKind.MEMBER_COUNTRY if code in MEMBERS else PartyKind.INTERNATIONAL_ORGANISATION
    return Party.objects.get_or_create(
        code=code, defaults={"kind": kind, "name_es": names[0], "name_en": names[1]}
    )[0]


def draft(made: Workshop | None = None) -> Workshop:
    """The note's agenda as the draft of a workshop."""
    made = made or workshop()
    AgendaDay.objects.create(
        workshop=made, key="day-1", date=THURSDAY, announced_start=time(10), announced_end=time(17)
    )
    AgendaDay.objects.create(
        workshop=made, key="day-2", date=FRIDAY, announced_start=time(9), announced_end=time(12, 30)
    )
    rows = {}
    for day, start, end, key, kind, numbered, title_es, title_en in ITEMS:
        heading = HEADINGS.get(key, ("", ""))
        rows[key] = AgendaItem.objects.create(
            workshop=made,
            key=key,
            kind=kind,
            numbered=numbered,
            starts_at=instant(day, start),
            ends_at=instant(day, end),
            title_es=title_es,
            title_en=title_en,
            heading_es=heading[0],
            heading_en=heading[1],
        )
    codes = list(MEMBERS)
    for key, some in (("progress-1", codes[:6]), ("progress-2", codes[6:])):
        for position, code in enumerate(some, start=1):
            CountrySlot.objects.create(item=rows[key], party=party(code), position=position)
    for key in ("welcome", "closing"):
        presenters = [
            ("presidency", "SLV", "Presidencia Pro-Témpore de la CRM", "RCM Presidency Pro-Témpore"),
            (
                "iom",
                "IOM",
                "Coordinador de la Red de las Naciones Unidas sobre la Migración",
                "Coordinator of the UN Network on Migration",
            ),
            ("host", "MEX", "Secretaría de Gobernación", "Ministry of the Interior"),
        ]
        for position, (name, code, role_es, role_en) in enumerate(presenters, start=1):
            Presenter.objects.create(
                item=rows[key],
                key=name,
                position=position,
                party=party(code),
                role_es=role_es,
                role_en=role_en,
            )
    Presenter.objects.create(
        item=rows["roadmap"],
        key="un-network",
        organisation_es="Secretaría de la Red de las Naciones Unidas sobre la Migración",
        organisation_en="United Nations Network on Migration Secretariat",
    )
    for number, (objectives, title_es, title_en) in TABLES.items():
        table = Roundtable.objects.create(
            item=rows["roundtables"], number=number, title_es=title_es, title_en=title_en
        )
        set_objectives(roundtable=table, numbers=objectives)
    return made


def more_items(made: Workshop, count: int) -> None:
    """So many short items on a third date, each with a presenter and two countries."""
    day = date(2022, 4, 2)
    for number in range(count):
        start = instant(day, "08:00") + timedelta(minutes=number)
        row = AgendaItem.objects.create(
            workshop=made,
            key=f"more-{number}",
            starts_at=start,
            ends_at=start + timedelta(minutes=1),
            title_es=f"Punto {number}",
            title_en=f"Item {number}",
        )
        Presenter.objects.create(item=row, key="iom", party=party("IOM"))
        CountrySlot.objects.create(item=row, party=party("HND"))
        CountrySlot.objects.create(item=row, party=party("MEX"), position=2)
