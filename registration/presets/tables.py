"""The kinds of tables and values that a preset is made of, and how their mistakes are said.

Built on pydantic, which reports every mistake with its place. Imported only when a preset is read, so that a web worker
does not carry it.
"""

from difflib import get_close_matches
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from rcm_portal.output.zones import known_zones

from .mistakes import Mistakes


class Table(BaseModel):
    """A table of the file: unknown keys are mistakes, and no value is converted from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, str_strip_whitespace=True)


class Wording(Table):
    """A text in both languages that may be empty as long as nobody wrote it."""

    es: str = ""
    en: str = ""


class Text(Wording):
    """A text in both languages. One may be missing: it then falls back visibly, and `check_workshop` lists it."""

    @model_validator(mode="after")
    def not_empty(self):
        if not (self.es or self.en):
            raise PydanticCustomError("empty_text", "empty")
        return self


def _known_zone(value: str) -> str:
    if value not in known_zones():
        raise PydanticCustomError("time_zone", "unknown zone")
    return value


def one_of(choices) -> Any:
    """A string out of a Django TextChoices class or any iterable of strings."""
    allowed = tuple(getattr(choices, "values", choices))

    def check(value: str) -> str:
        if value not in allowed:
            raise PydanticCustomError("choice", "not allowed", {"allowed": allowed})
        return value

    return Annotated[str, AfterValidator(check)]


TimeZone = Annotated[str, AfterValidator(_known_zone)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Line = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\r\n]*$")]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Count = Annotated[int, Field(ge=1, le=32767)]

_KIND_OF_MISTAKE = {
    "missing": lambda error: _("this key is missing."),
    "empty_text": lambda error: _("the text is empty in both languages."),
    "time_zone": lambda error: _("not an IANA time zone such as America/Mexico_City."),
    "choice": lambda error: _("not one of: %s.") % ", ".join(error["ctx"]["allowed"]),
    "string_type": lambda error: _("a text in quotes is expected."),
    "string_too_short": lambda error: _("the text is empty."),
    "string_pattern_mismatch": lambda error: _("not of the expected form (%s).") % error["ctx"]["pattern"],
    "int_type": lambda error: _("a whole number is expected."),
    "bool_type": lambda error: _("true or false is expected."),
    "date_type": lambda error: _("a date such as 2022-03-31 is expected, without quotes."),
    "datetime_type": lambda error: _(
        "a date and time such as 2022-03-02T00:00:00 is expected, without quotes."
    ),
    "time_type": lambda error: _("a time such as 09:30:00 is expected, without quotes."),
    "list_type": lambda error: _("a list is expected."),
    "too_short": lambda error: _("the list is too short."),
    "model_type": lambda error: _("a table is expected."),
    "dict_type": lambda error: _("a table is expected."),
    "greater_than_equal": lambda error: _("the number must be at least %s.") % error["ctx"]["ge"],
    "less_than_equal": lambda error: _("the number must be at most %s.") % error["ctx"]["le"],
}


def read(kind, data, path: str, mistakes: Mistakes):
    """`data` as `kind` (a Table or `list[...]` of them), or None when it has mistakes, which are then in `mistakes`."""
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            _tell(each, path, kind, mistakes)
        return None


def join(path: str, *steps) -> str:
    """`join("parties", 3, "name")` is `parties[3].name`."""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path.lstrip(".")


def _tell(error: dict, path: str, kind, mistakes: Mistakes) -> None:
    place = join(path, *error["loc"])
    if (
        error["loc"][-1:] == ("[key]",) and error["type"] == "choice"
    ):  # the key of a table with a closed list of keys
        known = ", ".join(error["ctx"]["allowed"])
        mistakes.add(join(path, *error["loc"][:-1]), _("unknown key. Known are: %s.") % known)
    elif error["type"] == "missing":
        mistakes.add(place, _("this key is missing."))
    elif error["type"] == "extra_forbidden":
        near = get_close_matches(str(error["loc"][-1]), _keys_beside(kind, error["loc"]), n=1)
        message = _("unknown key. Is “%s” meant?") % near[0] if near else _("unknown key.")
        mistakes.add(place, message, error["input"])
    else:
        say = _KIND_OF_MISTAKE.get(error["type"], lambda error: error["msg"])
        mistakes.add(place, say(error), error["input"])


def _keys_beside(kind, loc: tuple) -> list[str]:
    """The keys that the table at `loc` knows, found by walking the table classes along the path."""
    for step in loc[:-1]:
        kind = _without_none(kind)
        table = _table_class(kind)
        if table is not None:
            field = table.model_fields.get(step)
            if field is None:
                return []
            kind = field.annotation
        else:  # the values of list[...] or dict[str, ...]
            kind = getattr(kind, "__args__", (None,))[-1]
    table = _table_class(kind)
    return list(table.model_fields) if table else []


def _without_none(kind):
    arguments = [each for each in getattr(kind, "__args__", ()) if each is not type(None)]
    return arguments[0] if len(arguments) == 1 and type(None) in kind.__args__ else kind


def _table_class(kind):
    kind = _without_none(kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None
