"""Letters for tests: texts in both languages, a listener that tells benefits, an approval that is followed to its end."""

from registration import services
from registration.enums import Language, LetterTextKey
from registration.models import InvitationLetter, LetterText
from registration.questions import LetterBenefit
from registration.services.letters.issuing import complete_letter
from registration.services.transitions import staff
from tests.factories import IN_TIME

TEXTS = {
    "subject": ("Invitación al {{ workshop_short_name }}", "Invitation to the {{ workshop_short_name }}"),
    "opening": (
        "Se le invita, por {{ party_name }}, del {{ workshop_dates }}.\n\nSegundo párrafo.",
        "You are invited for {{ party_name }}, on {{ workshop_dates }}.\n\nSecond paragraph.",
    ),
    "benefits_intro": ("Se le ofrece:", "You are offered:"),
    "no_benefits": ("No se cubren gastos.", "No expenses are covered."),
    "not_covered": ("No habrá traslados.", "There are no transfers."),
    "tickets": ("No se reembolsan boletos.", "Tickets are not reimbursed."),
    "acceptance": ("Acepte a más tardar el {{ accept_by }}.", "Please accept by {{ accept_by }}."),
    "closing": ("Atentamente,", "Yours sincerely,"),
    "acceptance_statement": (
        "Acepto la carta {{ letter_reference }}.",
        "I accept letter {{ letter_reference }}.",
    ),
    "verification": ("Verifique en {{ verification_address }}", "Check at {{ verification_address }}"),
    "signatory_name": ("Ana Firmante", "Ana Signatory"),
    "signatory_title": ("Secretaría Ejecutiva", "Executive Secretariat"),
    "salutation_ms": ("Estimada señora {{ surnames }}:", "Dear Ms. {{ surnames }},"),
    "salutation_neutral": ("A la atención de {{ delegate_name }}:", "Dear {{ delegate_name }},"),
}
BENEFITS = [
    LetterBenefit("Boleto aéreo", "OIM", "1", True, ""),
    LetterBenefit("Alojamiento", "SEGOB", "2 noches", False, "No lo necesita."),
]


def write_texts(workshop, **changed) -> None:
    """All letter texts of a workshop; `changed` replaces the text of a key in both languages."""
    for key in LetterTextKey:
        pair = TEXTS.get(key.value)
        if key.value in changed:
            pair = (changed[key.value],) * 2
        if pair is not None:
            for language, text in zip(Language, pair, strict=True):
                LetterText.objects.update_or_create(
                    workshop=workshop, language=language, key=key, defaults={"text": text}
                )


def name_the_signatory() -> None:
    """Write what the note's own texts leave open in brackets: no letter is issued before."""
    LetterText.objects.filter(text__contains="[").update(text="Ana Prueba")


def approve(delegate, *, now=IN_TIME, user=None) -> InvitationLetter:
    """Approve, and return the letter row that came with it."""
    services.approve(delegate=delegate, by=staff(user), now=now)
    return InvitationLetter.objects.get(delegate=delegate, voided_at__isnull=True)


def letter_for(delegate, *, now=IN_TIME) -> InvitationLetter:
    """Approve, make the letter, and return it complete."""
    letter = approve(delegate, now=now)
    assert complete_letter(letter_id=letter.pk, now=now)
    letter.refresh_from_db()
    return letter
