"""What was read in a passport, put into a form: which fields it fills, and what is said beside them.

A field that somebody filled in is left alone. What equals the reading of the picture before came from there, and goes with
it; so does, where a registered delegate sends another copy, what is held of the passport before.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..queries.passports.comparison import LABELS, masked, readable
from ..rules import mrz
from ..rules.typed.dates import PARTS
from ..rules.typed.zone_reading import ALL_FIELDS, NAMES, ReadZone, offered, sent_texts
from ..rules.typed.zone_text import MrzError
from .dates import DateBoxes
from .details import DelegateDetailsForm

PERSON = (*NAMES, "nationality", "date_of_birth", "sex")
PASSPORT = ("passport_number", "passport_expiry", "passport_type", "issuing_country")
ASKED = {*PERSON, "passport_number", "passport_expiry"} - {"given_names"}  # of everybody


@dataclass(frozen=True)
class Filling:
    """What a form gets: the texts of its fields as a browser sends them, and sentences by the field that they stand
    beside. `others` are sentences about what is held and the form does not ask."""

    texts: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def typed_lines(text: str) -> ReadZone | None:
    """The two lines that somebody typed, cleaned by `ZoneField`, as if they were read."""
    if not text:
        return None
    first, second = text.splitlines()
    return ReadZone((first, second), ALL_FIELDS, names=True)


def filling(form: DelegateDetailsForm, read: ReadZone | None, *, before: ReadZone | None = None) -> Filling:
    """What `read` gives for a bound form. `before` is what was read in the picture that this one replaces."""
    new, old = (offered(zone, today=form.today) for zone in (read, before))
    held, filled = form.on_record, Filling()
    differ = _names_that_differ(form, read) if read else ()
    for name in (*PERSON, *PASSPORT):
        if name not in form.fields:
            continue
        now, said = _now(form, name), new.get(name, "")
        if name == "issuing_country" and not now and said == _nationality(form, filled):
            continue  # nothing stands for the same country
        came = now == old.get(name)
        if not now or came or now == _replaceable(form, name):
            if said and said != now:
                filled.texts.update(sent_texts({name: said}))
                _note(filled, name, held.get(name))
            elif not said:
                filled.texts.update(_as_before(form, name) if came else {})
                if new and name in ASKED and (came or not now) and not held.get(name):
                    filled.notes[name] = _("We could not read this for certain: please type it.")
        elif said and (name in differ if name in NAMES else said != now):
            filled.notes[name] = _("The picture of the passport says: %(text)s.") % {
                "text": readable(name, said)
            }
    filled.others.extend(_others(form, read, new))
    return filled


def as_they_were_read(form: DelegateDetailsForm, read: ReadZone | None) -> dict[str, str]:
    """The sentences beside the names that stand in a bound form just as the picture has them."""
    new, filled = offered(read, today=form.today), Filling()
    for name in NAMES:
        if name in new and _now(form, name) == new[name]:
            _note(filled, name, None)
    return filled.notes


def _now(form: DelegateDetailsForm, name: str) -> Any:
    """What a field holds: its value, which may be refused, or the text that is none."""
    if name in form.cleaned_data:
        return form.cleaned_data[name] or ""
    sent = form[name].data
    try:
        return form.fields[name].to_python(sent) or ""
    except ValidationError:
        return "".join(sent)


def _replaceable(form: DelegateDetailsForm, name: str) -> Any:
    """The value that stands in a field though nobody chose it on this page; None where there is none."""
    if name not in PASSPORT:
        return None
    return form.on_record.get(name) or form.fields[name].initial


def _nationality(form: DelegateDetailsForm, filled: Filling) -> str:
    own = form.on_record.get("nationality", "")
    return filled.texts.get("nationality") or form.cleaned_data.get("nationality") or own


def _note(filled: Filling, name: str, held: Any) -> None:
    if name in NAMES:
        filled.notes[name] = _("Taken from the passport: please compare, accents too.")
    elif held:
        text = masked(held) if name == "passport_number" else readable(name, held)
        filled.notes[name] = _("Taken from the new copy; until now we held %(text)s.") % {"text": text}


def _as_before(form: DelegateDetailsForm, name: str) -> dict[str, str]:
    """What a field showed before a picture filled it, as a browser sends it."""
    value = form.initial.get(name, form.fields[name].initial) or ""
    if isinstance(form.fields[name].widget, DateBoxes) and not isinstance(value, date):
        return {f"{name}_{part}": "" for part in PARTS}
    return sent_texts({name: value})


def _names_that_differ(form: DelegateDetailsForm, read: ReadZone) -> tuple[str, ...]:
    """Which names the picture writes differently from the form, or from what is held where the form does not ask them. An
    empty half is as the picture has it."""
    try:
        zone = mrz.parse(read.lines)
    except MrzError:
        return ()
    surnames, given_names = (
        (_now(form, name) if name in form.fields else form.on_record.get(name)) or getattr(zone, name)
        for name in NAMES
    )
    return mrz.names_differ(zone, surnames, given_names)


def _others(form: DelegateDetailsForm, read: ReadZone | None, new: dict[str, Any]) -> list[str]:
    """What the picture says otherwise of things that are held and not asked here."""
    differ = _names_that_differ(form, read) if read else ()
    sentence = _("%(label)s: the picture of the passport says %(read)s, and we hold %(held)s.")
    return [
        sentence
        % {
            "label": LABELS[name],
            "read": readable(name, new[name]),
            "held": readable(name, form.on_record[name]),
        }
        for name in PERSON
        if name not in form.fields
        and name in new
        and form.on_record.get(name)
        and (name in differ if name in NAMES else new[name] != form.on_record[name])
    ]
