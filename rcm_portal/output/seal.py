"""Sealing a PDF: a page is added to it, and the organisation's certificate signs the whole (PAdES, baseline B, or T with
the time by a service that SEAL_TIMESTAMP_URL names).

The document itself stays as it was, byte for byte, at the beginning of the sealed file: PDF's own way of adding
something later. So whoever has the sealed file has the document too, and can compare its hash. pyHanko is imported
where it is used, in the worker: a web process that seals nothing must not carry it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from ..outages.quiet import Outage
from .seal_files import SealError, check_seal, state_of_files

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko.sign.timestamps import TimeStamper

FIELD_NAME = "Seal"
STAMP_SECONDS = 8  # for the whole answer of the time-stamp service
STAMPED_BYTES = 32 * 1024  # for a signature with a time stamp and the certificates of both, in hexadecimal
stamps_outage = Outage(
    "the time-stamp service", consequence="accepted letters wait for their seal", quiet_seconds=120
)


@dataclass(frozen=True)
class AddedPage:
    """A page that goes behind a document: its PDF, and its words and language for readers who do not see it."""

    pdf: bytes
    words: str
    language: str


def seal(document: bytes, page: AddedPage, *, reason: str, now: datetime) -> bytes:
    """`document` with `page` behind it, sealed; `reason` stands in the signature. Raises SealError where certificate, key or
    time-stamp service cannot be used at `now`, or pyHanko's own errors for a document that is no PDF."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - heavy, and only a worker seals
    from pyhanko.sign import fields, signers  # noqa: PLC0415 - heavy, and only a worker seals

    check_seal(now)
    signer = _signer(settings.SEAL_CERTIFICATE, settings.SEAL_KEY, settings.SEAL_PASSPHRASE, state_of_files())
    writer = IncrementalPdfFileWriter(BytesIO(document))
    _add_page(writer, page)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    # What is not seen needs no place in the structure, and readers of PDF/UA pass over what is hidden.
    field = fields.SigFieldSpec(
        FIELD_NAME,
        readable_field_name=reason,
        invis_sig_settings=fields.InvisSigSettings(set_print_flag=False, set_hidden_flag=True),
    )
    stamper = _time_stamper(settings.SEAL_TIMESTAMP_URL) if settings.SEAL_TIMESTAMP_URL else None
    sealer = signers.PdfSigner(metadata, signer, timestamper=stamper, new_field_spec=field)
    # With the place for a time stamp known, the service is asked once and not for a sample before.
    sealed: bytes = sealer.sign_pdf(writer, bytes_reserved=STAMPED_BYTES if stamper else None).getvalue()
    return sealed


@lru_cache(maxsize=1)
def _signer(certificate: str, key: str, passphrase: str, _state: object) -> "SimpleSigner":
    """The signer of these files, read anew when `_state` says that they changed."""
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415 - heavy, and only a worker seals

    signer: SimpleSigner | None = SimpleSigner.load(
        key, certificate, key_passphrase=passphrase.encode() or None, ca_chain_files=(certificate,)
    )
    if signer is None:
        raise SealError("SEAL_CERTIFICATE, SEAL_KEY and SEAL_PASSPHRASE cannot be read or do not fit")
    return signer


def _time_stamper(address: str) -> "TimeStamper":
    """A client of the time-stamp service (RFC 3161) that gives up soon, and asks a service that is away only now and then."""
    from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper  # noqa: PLC0415 - heavy, and only a worker seals

    class Patient(HTTPTimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            if not stamps_outage.may_ask():
                raise SealError(_("The time-stamp service did not answer; it is asked again soon."))
            try:
                answer = await super().async_request_tsa_response(req)
            except Exception as error:  # whatever a service may do, the letter is sealed later
                stamps_outage.failed(error)
                kind = type(error.__cause__ or error).__name__  # their text would show the address
                raise SealError(
                    _("The time-stamp service did not answer (%(error)s); it is asked again soon.")
                    % {"error": kind}
                ) from None
            stamps_outage.answered()
            return answer

    return Patient(address, timeout=STAMP_SECONDS)


def _add_page(writer: "IncrementalPdfFileWriter", page: AddedPage) -> None:
    """Put the page behind the document's last one, with its words in the document's structure (PDF/UA)."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415 - heavy, and only a worker seals
    from pyhanko.pdf_utils.generic import pdf_name, pdf_string  # noqa: PLC0415 - heavy, and only a worker seals
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - heavy, and only a worker seals
    from pyhanko.pdf_utils.writer import PageObject  # noqa: PLC0415 - heavy, and only a worker seals

    other = PdfFileReader(BytesIO(page.pdf))
    drawn = writer.import_page_as_xobject(other)
    box = drawn.get_object()["/BBox"]
    tree = writer.root.get("/StructTreeRoot")
    tree = tree and tree.get_object()
    marks = (b"/P <</MCID 0>> BDC /Page Do EMC", b"/Page Do")[tree is None]
    new_page = PageObject(
        contents=writer.add_object(generic.StreamObject(stream_data=marks)),
        media_box=[float(value) for value in box],
        resources=generic.DictionaryObject(
            {pdf_name("/XObject"): generic.DictionaryObject({pdf_name("/Page"): drawn})}
        ),
    )
    if tree is None:
        writer.insert_page(new_page)
        return
    number = _next_key(tree)
    new_page[pdf_name("/StructParents")] = generic.NumberObject(number)
    new_page[pdf_name("/Tabs")] = pdf_name("/S")
    page_ref = writer.insert_page(new_page)
    parents = tree["/K"] if not isinstance(tree["/K"], generic.ArrayObject) else tree["/K"][0]
    element = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/StructElem"),
            pdf_name("/S"): pdf_name("/P"),
            pdf_name("/P"): _parent_of(tree),
            pdf_name("/Pg"): page_ref,
            pdf_name("/K"): generic.NumberObject(0),
            pdf_name("/Lang"): pdf_string(page.language),
            pdf_name("/ActualText"): pdf_string(page.words),
        }
    )
    element_ref = writer.add_object(element)
    children = parents["/K"]
    children.append(element_ref)
    writer.update_container(children)
    numbers = tree["/ParentTree"]["/Nums"]
    numbers.append(generic.NumberObject(number))
    numbers.append(writer.add_object(generic.ArrayObject([element_ref])))
    writer.update_container(numbers)
    tree[pdf_name("/ParentTreeNextKey")] = generic.NumberObject(number + 1)
    writer.update_container(tree)


def _parent_of(tree: "DictionaryObject") -> Any:
    """The reference of the structure's outermost element, under which the letter's own parts stand."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415 - heavy, and only a worker seals

    kids = tree.raw_get("/K")
    kids = kids.get_object() if isinstance(kids, generic.IndirectObject) else kids
    return kids.raw_get(0) if isinstance(kids, generic.ArrayObject) else tree.raw_get("/K")


def _next_key(tree: "DictionaryObject") -> int:
    """One more than the highest key of the structure's parent tree."""
    return max((int(key) for key in list(tree["/ParentTree"]["/Nums"])[::2]), default=-1) + 1
