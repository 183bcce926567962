"""The sections of a preset file and who reads and writes each: registration its own, the other apps theirs.

An app registers in its AppConfig.ready the dotted name of a Section class; it is imported when a preset is read.
"""

from abc import ABC, abstractmethod

from django.utils.module_loading import import_string

from rcm_portal.registry import Registry

from .mistakes import Mistakes


class Section(ABC):
    """Reads and writes one top-level key of a preset file. `name` is that key; a `required` section must be there."""

    name: str
    required = False

    @abstractmethod
    def validate(self, data, mistakes: Mistakes):
        """`data` as tables; adds what is wrong to `mistakes`. Returns None when it cannot be read at all."""

    def check(self, tables, preset, mistakes: Mistakes) -> None:  # noqa: B027 - not every section has such mistakes
        """Look at what only makes sense beside other sections: `preset.tables["parties"]` and so on."""

    @abstractmethod
    def load(self, tables, preset, writer) -> None:
        """Write the section through `writer` (writer.py), inside the loader's transaction."""

    @abstractmethod
    def save(self, workshop, *, afresh: bool = False):
        """The reverse of `load`: data from which it would write the same rows, or None where there is nothing to say.

        `afresh` leaves out what was only this workshop's: people's names, what staff confirmed, letter numbers.
        """

    def parties(self, workshop) -> set[str]:
        """Codes of the parties that the section names, so that the file has them all."""
        return set()


# The dotted name of the Section class by top-level key, in the order of loading.
SECTIONS = Registry[str]()


def sections() -> dict[str, Section]:
    """One reader for every known top-level key, in the order of loading."""
    return {name: import_string(dotted_name)() for name, dotted_name in SECTIONS.items()}
