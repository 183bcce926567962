"""FIL-9 to FIL-11 and EXP-2: how documents leave the portal, and that each look at one is recorded."""

import re

import pytest

from rcm_portal.files.storage import delete_private, private_storage
from rcm_portal.models import AccessAction, AccessRecord
from registration.models import PassportCopy
from tests.acceptance.test_headers import directives, stored_keys
from tests.factories import DelegateFactory
from tests.registration.forms import edited, passport_file
from tests.registration.pages import page

SAFE_NAME = re.compile(r'attachment; filename="[A-Za-z0-9._-]+"')


def documents(world):
    """(address, role) of each kind of document that somebody downloads."""
    delegate = world.delegate
    queue = f"/admin/registration/delegate/{delegate.pk}"
    return [
        (f"{queue}/passport/copy/?why=visa", "secretariat"),
        (page(delegate, "own_data"), "anonymous"),
        (f"/en/imrf-2022/agenda/documents/{world.document.public_id}/", "anonymous"),
    ]


def test_fil_9_a_download_is_an_attachment_with_a_safe_name_in_a_sandbox(world):
    for address, role in documents(world):
        answer = world.client(role).get(address)
        assert answer.status_code == 200, address
        assert SAFE_NAME.fullmatch(answer["Content-Disposition"]), (address, answer["Content-Disposition"])
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert "sandbox" in directives(answer["Content-Security-Policy"]), address


def test_fil_10_no_address_serves_a_stored_file(world):
    """That no page names one: tests/acceptance/test_headers.py."""
    for key in stored_keys():
        with pytest.raises(NotImplementedError):
            private_storage().url(key)
        for prefix in ("", "media/", "static/", "private/", "var/private/", "en/"):
            assert world.client("anonymous").get(f"/{prefix}{key}").status_code in {403, 404}


def test_fil_11_one_upload_more_than_the_workshop_allows_is_refused(client, in_time, db):
    delegate = DelegateFactory(delegation__workshop__uploads_per_delegate=2)
    send = page(delegate, "edit")
    answers = [client.post(send, edited(delegate, passport=passport_file())) for _try in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 400]
    assert list(answers[-1].context["form"].errors) == ["passport"]
    assert PassportCopy.objects.get().uploads == 2


def test_exp_2_each_document_view_and_export_is_recorded(world):
    for address, role in documents(world)[:2]:
        before = AccessRecord.objects.count()
        assert world.client(role).get(address).status_code == 200
        record = AccessRecord.objects.order_by("pk").last()
        assert AccessRecord.objects.count() == before + 1, address
        assert record.about == world.delegate.public_id
    export = world.client("iom").post("/admin/logistics/flightentitlement/download/imrf-2022/xlsx/")
    assert export.status_code == 200
    assert AccessRecord.objects.filter(action=AccessAction.EXPORT, user=world.users["iom"]).count() == 1


def test_exp_2_a_look_is_recorded_even_when_the_answer_fails(world):
    delete_private(PassportCopy.objects.get().key)
    client = world.client("secretariat")
    client.raise_request_exception = False
    address, _role = documents(world)[0]
    assert client.get(address).status_code == 503
    record = AccessRecord.objects.order_by("pk").last()
    assert (record.action, record.user, record.about) == (
        AccessAction.DOWNLOAD,
        world.users["secretariat"],
        world.delegate.public_id,
    )
