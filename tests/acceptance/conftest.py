import pytest
import time_machine

from tests.acceptance import world as worlds
from tests.factories import IN_TIME


@pytest.fixture
def in_time():
    """10 February 2022, noon in Mexico City: registration is open."""
    with time_machine.travel(IN_TIME, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(db, in_time):
    """One of everything, in February 2022."""
    return worlds.build()
