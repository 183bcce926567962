import pytest
import time_machine
from kombu import pools

from rcm_portal import dispatch
from tests.acceptance import world as worlds
from tests.factories import IN_TIME
from tests.portal.fixtures import mail_templates, smtp_settings

__all__ = ["mail_templates", "smtp_settings"]


@pytest.fixture
def in_time():
    """10 February 2022, noon in Mexico City: registration is open."""
    with time_machine.travel(IN_TIME, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(db, in_time):
    """One of everything, in February 2022."""
    return worlds.build()


@pytest.fixture
def broker(settings, redis_service):
    """The real Redis as this process's broker, as production has it; a stopped one is started again afterwards."""
    from rcm_portal.celery import app

    def use(url: str, options: dict) -> None:
        app.conf.broker_url, app.conf.broker_transport_options = url, options
        pools.reset()
        app._pool = None
        app.amqp._producer_pool = None
        dispatch.broker.forget()

    before = app.conf.broker_url, dict(app.conf.broker_transport_options)
    redis_service.flush()
    use(redis_service.url, {"socket_connect_timeout": 0.5, "socket_timeout": 5.0, "max_retries": 0})
    yield redis_service
    if not redis_service.process.running:
        redis_service.start()
    use(*before)
