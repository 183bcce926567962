"""One of everything, so that every address can be opened: the real preset, an approved delegate, a mail, accounts of every role."""

import re
from dataclasses import dataclass
from uuid import uuid4

from django.apps import apps
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from agenda.enums import Audience
from agenda.models import AgendaDocument
from agenda.services import documents
from logistics.models import HostExport, TicketExport
from rcm_portal.files.storage import save_private
from rcm_portal.models import AccessAction, AddressFault, OutgoingMail, UndeliverableAddress
from rcm_portal.security.access_log import record_access
from registration import services
from registration.documents.links import (
    delegation_token,
    draft_token,
    my_token,
    new_address_token,
    nomination_token,
)
from registration.models import (
    Batch,
    BatchEntry,
    Delegate,
    Delegation,
    DestructionReport,
    Message,
    MessageRecipient,
    Nomination,
    PassportCopy,
    RegistrationDraft,
    SavedText,
    SignatoryImage,
    SignedScan,
    Workshop,
)
from registration.rules.letter_placeholders import PLACEHOLDERS
from registration.services.transitions import staff
from tests import accounts, factories
from tests.loaded import note_loaded
from tests.registration.forms import PDF
from tests.sample_files import signature_png
from tests.strict import LintingClient
from tests.urls import Route

SLUG = "imrf-2022"


@dataclass(frozen=True)
class World:
    workshop: Workshop
    delegate: Delegate
    document: AgendaDocument
    nomination: Nomination
    draft: RegistrationDraft
    users: dict[str, User]

    def client(self, role: str) -> LintingClient:
        client = LintingClient() if role == "anonymous" else accounts.signed_in(self.users[role])
        # Staff edit letter texts, so these pages show placeholders on purpose.
        client.allowed_text = tuple(f"{{{{ {name} }}}}" for name in PLACEHOLDERS)
        return client

    def path(self, route: Route, language: str = "en") -> str:
        """The address of a route, filled in with what this world holds."""
        values = {name: self._value(route, name) for name in route.parameters}
        with override(language):
            return _fill(route.route, values, language)

    def _value(self, route: Route, parameter: str) -> str:
        known = {
            "slug": SLUG,
            "token": self._token(route),
            "public_id": self._public_id(route),
            "first": self.delegate.pk,
            "second": self.delegate.pk,
            "what": "send",
            "whom": "delegate",
            "code": "ABCD-EFGH-JKLM",
            "verb": "reject",
            "id": self.users["reception"].pk,
            "content_type_id": 1,
            "app_label": "registration",
            "url": "nothing",
            "kind": "rooming" if "/list/" in route.route else "xlsx",
            "number": 1,
            "page": 1,
        }
        if parameter in {"object_id", "pk"}:
            return str(self._object_of(route))
        return str(known[parameter])

    def _token(self, route: Route) -> str:
        """The token for which the route asks: the delegation's, the nominated person's, a saved form's, or the delegate's own."""
        if "/delegation/" in route.route:
            return delegation_token(self.delegate.delegation)
        if "/nomination/" in route.route:
            return nomination_token(self.nomination)
        if "/continue/" in route.route:
            return draft_token(self.draft)
        if "/address/" in route.route:
            return new_address_token(self.delegate)
        return my_token(self.delegate)

    def _public_id(self, route: Route) -> str:
        if any(part in route.route for part in ("/room/", "/about/", "/travel/")):
            return self.delegate.public_id
        if "/delegation/" not in route.route:
            return self.document.public_id
        return self.nomination.public_id if "/withdraw/" in route.route else self.delegate.public_id

    def _object_of(self, route: Route) -> int:
        """An object of the model in the admin's address (admin/app/model/…), or one that is not there."""
        parts = route.route.split("/")
        if "/telling/" in route.route or "/focal-points/" in route.route:
            return self.workshop.pk
        if parts[0] == "admin" and parts[1] in apps.app_configs:
            found = apps.get_model(parts[1], parts[2]).objects.order_by("pk").last()
            return found.pk if found else 0
        return 0


def _fill(route: str, values: dict[str, str], language: str) -> str:

    path = re.sub(r"^en/", f"{language}/", route)
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: values[found[1]], path)
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], path)
    path = re.sub(r"\^|\$", "", path)
    return f"/{path}"


def add_signatures(delegate: Delegate) -> None:
    """A scan of the delegate's letter, a signatory's signature, a message, and work on many."""
    SignedScan.objects.create(
        letter=delegate.letters.get(),
        key=save_private("scans", PDF),
        media_type="application/pdf",
        size=len(PDF),
        sha256="0" * 64,
        at=factories.IN_TIME,
        language="es",
    )
    SignatoryImage.objects.create(
        workshop=delegate.workshop, key=save_private("signatures", signature_png()), sha256="0" * 64
    )
    message = Message.objects.create(workshop=delegate.workshop, language="en", begun_at=factories.IN_TIME)
    MessageRecipient.objects.create(message=message, delegate=delegate)
    SavedText.objects.create(workshop=delegate.workshop, name="Travel data")
    batch = Batch.objects.create(what="approve", language="en", at=factories.IN_TIME)
    BatchEntry.objects.create(batch=batch, delegate=delegate, state="done")


def build() -> World:
    """Make it, inside the caller's transaction. The clock should stand at factories.IN_TIME."""
    workshop = note_loaded()
    delegation = Delegation.objects.get(workshop=workshop, party__code="BLZ")
    delegate = factories.DelegateFactory(delegation=delegation)
    key = save_private("passports", PDF)
    PassportCopy.objects.create(
        delegate=delegate, key=key, media_type="application/pdf", pages=1, size=len(PDF), sha256="0" * 64
    )
    pdf = documents.check_document(SimpleUploadedFile("note.pdf", PDF, "application/pdf"))
    document = documents.add_document(
        workshop=workshop,
        upload=pdf,
        now=factories.IN_TIME,
        by=None,
        audience=Audience.PUBLIC,
        title_en="Concept note",
    )
    services.approve(delegate=delegate, by=staff(None), now=factories.IN_TIME)
    delegate.refresh_from_db()
    delegate.new_email, delegate.new_email_id = "new@example.org", uuid4()  # asked for, not confirmed
    delegate.save(update_fields=["new_email", "new_email_id"])
    mail = OutgoingMail.objects.create(
        kind="test",
        to="a@example.org",
        language="es",
        subject="Asunto",
        message_id="<1@portal.test>",
        next_try_at=factories.IN_TIME,
    )
    UndeliverableAddress.objects.create(
        address="a@example.org", fault=AddressFault.BOUNCED, marked_at=factories.IN_TIME, mail=mail
    )
    record_access(action=AccessAction.VIEW, subject=f"passport copy of {delegate.code}")
    DestructionReport.objects.create(at=factories.IN_TIME)
    TicketExport.objects.create(
        workshop=workshop, number=1, kind="xlsx", language="es", size=0, sha256="0" * 64
    )
    add_signatures(delegate)
    HostExport.objects.create(
        workshop=workshop, which="rooming", number=1, kind="xlsx", language="es", size=0, sha256="0" * 64
    )
    nomination = factories.NominationFactory(delegation=delegation)
    users = {
        role: accounts.make_staff(role, username=role)
        for role in ("secretariat", "iom", "host", "reception", "superuser")
    }
    draft = factories.RegistrationDraftFactory(workshop=workshop)
    return World(workshop, delegate, document, nomination, draft, users)
