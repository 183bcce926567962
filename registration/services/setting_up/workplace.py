"""Which workshop an officer works on from now on."""

from typing import Any

from ...models import ChosenWorkshop, Workshop


def keep_choice(user: Any, slug: str) -> None:
    """Keep what `user` works on from now on; a slug that no workshop has means all of them."""
    workshop = Workshop.objects.filter(slug=slug).first()
    if workshop is None:
        ChosenWorkshop.objects.filter(user=user.pk).delete()
    else:
        ChosenWorkshop.objects.update_or_create(user_id=user.pk, defaults={"workshop": workshop})
    user._workplaces = None
