import pytest
import time_machine

from tests.factories import IN_TIME, DelegationFactory


@pytest.fixture
def in_time():
    """10 February 2022, noon in Mexico City: registration is open."""
    with time_machine.travel(IN_TIME, tick=False) as traveller:
        yield traveller


@pytest.fixture
def belize(db, in_time):
    """Belize's delegation at the workshop of 2022, two seats."""
    return DelegationFactory()
