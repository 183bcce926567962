"""What the apps know about a restore, registered in their AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass

from ..registry import Registry


@dataclass(frozen=True)
class Skipped:
    """A counter that went on: the last number that the backup knows, and the next that will be given."""

    what: str
    last: int
    next: int


# Numbers that have left the house after a backup was made: each function takes how many may have, moves its counters on
# by as many, and says so.
COUNTERS = Registry[Callable[[int], list[Skipped]]]()

# Tables that `migrate` itself fills: a database with no other rows is empty.
FILLED_BY_MIGRATE = Registry[str]()
for table in (
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "portal_keycheck",
    "portal_heartbeat",
):
    FILLED_BY_MIGRATE.register(table, table)
