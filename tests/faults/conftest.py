import dataclasses

import pytest

from tests.acceptance.conftest import broker, in_time, world
from tests.factories import DelegateFactory, DelegationFactory
from tests.faults.portal import LEASE_SECONDS, Ledger, Portal
from tests.portal.fixtures import mail_templates
from tests.registration.letters import write_texts

__all__ = ["broker", "in_time", "mail_templates", "world"]


def production_caches(redis_url: str) -> dict:
    """What rcm_portal.settings makes of REDIS_URL."""
    return {
        "default": {"BACKEND": "rcm_portal.outages.redis_cache.ForgivingRedisCache", "LOCATION": redis_url}
    }


@pytest.fixture
def web(settings, broker):
    """This process, which is the web process of the fault tests, with production's cache and limits on this Redis."""
    settings.REDIS_URL, settings.RATE_LIMITS = broker.url, True
    settings.CACHES = production_caches(broker.url)


@pytest.fixture
def portal(transactional_db, web, broker, smtp, mail_templates):
    """Processes on this test's database, broker and mail server; killed after it, before the database is emptied."""
    running = Portal(
        {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "REDIS_URL": broker.url,
            "EMAIL_URL": smtp.url,
            "MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
        }
    )
    yield running
    running.stop()


@pytest.fixture
def ledger(smtp, request):
    """Notes one line of the table that the run ends with (tests/conftest.py prints it)."""

    def note(entry):
        request.node.user_properties.append(("fault", dataclasses.asdict(entry)))

    return Ledger(smtp, note)


@pytest.fixture
def delegates(portal):
    """`delegates(5)`: that many, in one delegation without a limit, whose letters can be made."""
    delegation = DelegationFactory(seat_limit=None)
    write_texts(delegation.workshop)
    return lambda count, **given: DelegateFactory.create_batch(count, delegation=delegation, **given)
