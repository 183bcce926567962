"""Which letters are to be looked at again: whoever changes something that a letter says notes it, in the same transaction.

A note costs one row, whatever it leads to: whether the letter still holds is found out afterwards, in `renewing`.
"""

from collections.abc import Iterable

from ...models import Delegate, LetterDoubt, Workshop


def doubt_letters_of(delegates: Iterable[int]) -> None:
    """Something about these delegates (primary keys) may be said otherwise in their letters."""
    workshops = Delegate.objects.filter(pk__in=set(delegates)).order_by("pk").values_list("pk", "workshop_id")
    LetterDoubt.objects.bulk_create(
        [LetterDoubt(delegate_id=pk, workshop_id=workshop) for pk, workshop in workshops], batch_size=1000
    )


def doubt_all_letters(workshops: Iterable[Workshop | int]) -> None:
    """Something that every letter of these workshops says may be another now."""
    keys = {each.pk if isinstance(each, Workshop) else each for each in workshops}
    LetterDoubt.objects.bulk_create([LetterDoubt(workshop_id=pk) for pk in sorted(keys)])
