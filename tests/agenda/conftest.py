import pytest
from django.utils.translation import override


@pytest.fixture
def in_english():
    with override("en"):
        yield


@pytest.fixture
def in_spanish():
    with override("es"):
        yield
