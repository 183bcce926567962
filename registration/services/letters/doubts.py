"""Which letters are to be looked at again: whoever changes something that a letter says notes it, in the same transaction.

A note costs one row, whatever it leads to: whether the letter still holds is found out afterwards, in `renewing`.
"""

from collections.abc import Iterable

from ...models import LetterDoubt


def doubt_letters_of(delegates: Iterable[int]) -> None:
    """Something about these delegates (primary keys) may be said otherwise in their letters."""
    rows = [LetterDoubt(delegate_id=pk) for pk in sorted(set(delegates))]
    LetterDoubt.objects.bulk_create(rows, batch_size=1000)


def doubt_all_letters(workshops: Iterable[int]) -> None:
    """Something that every letter of these workshops (primary keys) says may be another now."""
    LetterDoubt.objects.bulk_create([LetterDoubt(workshop_id=pk) for pk in sorted(set(workshops))])
