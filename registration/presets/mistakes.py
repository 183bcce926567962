"""What is wrong in a preset file, each mistake named by its key and its value."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from ..exceptions import RegistrationError

LONGEST_VALUE = 80
_ABSENT = object()


@dataclass(frozen=True)
class Mistake:
    """One mistake: the path of its key (`parties[3].income[1].group`), what is wrong, and the value where there is one."""

    path: str
    message: str
    value: object = _ABSENT

    def __str__(self):
        if self.value is _ABSENT or isinstance(self.value, (dict, list)):
            return f"{self.path}: {self.message}"
        try:
            shown = self.value if isinstance(self.value, str) else str(self.value)
        except ValueError:  # a number of more digits than Python writes
            shown = "…"
        shown = shown if len(shown) <= LONGEST_VALUE else f"{shown[:LONGEST_VALUE]}…"
        return f"{self.path} = “{shown}”: {self.message}"


class Mistakes:
    """Collects what is wrong while a file is looked through, so that all of it is told at once."""

    def __init__(self):
        self.found: list[Mistake] = []

    def add(self, path: str, message, value=_ABSENT) -> None:
        mistake = Mistake(path, str(message), value)
        if mistake not in self.found:
            self.found.append(mistake)

    def stop_here(self, source: str) -> None:
        """Raise PresetRefused when anything was found."""
        if self.found:
            raise PresetRefused(source, self.found)


class PresetRefused(RegistrationError):
    """The file has mistakes and nothing of it was loaded; `mistakes` holds them in the order of the file."""

    def __init__(self, source: str, mistakes: list[Mistake]):
        self.mistakes = list(mistakes)
        head = ngettext(
            "%(source)s has %(count)d mistake; nothing was loaded.",
            "%(source)s has %(count)d mistakes; nothing was loaded.",
            len(self.mistakes),
        ) % {"source": source, "count": len(self.mistakes)}
        super().__init__("\n".join([head, *(f"  {mistake}" for mistake in self.mistakes)]))
