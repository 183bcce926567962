"""Sealing a PDF: a page is added to it, and the organisation's certificate signs the whole (PAdES, baseline B).

The document itself stays as it was, byte for byte, at the beginning of the sealed file: PDF's own way of adding
something later. So whoever has the sealed file has the document too, and can compare its hash. pyHanko is imported
where it is used, in the worker: a web process that seals nothing must not carry it.
"""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.signers import SimpleSigner

FIELD_NAME = "Seal"


class SealError(Exception):
    """The certificate or its key cannot be used; the message names the setting and no secret."""


@dataclass(frozen=True)
class AddedPage:
    """A page that goes behind a document: its PDF, and its words and language for readers who do not see it."""

    pdf: bytes
    words: str
    language: str


def can_seal() -> bool:
    """Whether a certificate and its key are set."""
    return bool(settings.SEAL_CERTIFICATE and settings.SEAL_KEY)


def seal(document: bytes, page: AddedPage, *, reason: str) -> bytes:
    """`document` with `page` behind it, sealed; `reason` stands in the signature. Raises SealError, or pyHanko's own
    errors for a document that is no PDF."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415 - heavy, and only a worker seals
    from pyhanko.sign import fields, signers  # noqa: PLC0415 - heavy, and only a worker seals

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
    signer = _signer(settings.SEAL_CERTIFICATE, settings.SEAL_KEY, settings.SEAL_PASSPHRASE)
    sealed: bytes = signers.PdfSigner(metadata, signer, new_field_spec=field).sign_pdf(writer).getvalue()
    return sealed


@lru_cache(maxsize=1)
def _signer(certificate: str, key: str, passphrase: str) -> "SimpleSigner":
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415 - heavy, and only a worker seals

    for name, path in (("SEAL_CERTIFICATE", certificate), ("SEAL_KEY", key)):
        if not Path(path).is_file():
            raise SealError(f"{name} names no file")
    signer: SimpleSigner | None = SimpleSigner.load(
        key, certificate, key_passphrase=passphrase.encode() or None, ca_chain_files=(certificate,)
    )
    if signer is None:
        raise SealError("SEAL_CERTIFICATE, SEAL_KEY and SEAL_PASSPHRASE cannot be read or do not fit")
    return signer


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


def make_certificate(name: str, *, years: int = 10) -> tuple[bytes, bytes]:
    """A self-signed certificate for seals and its key without a passphrase, both PEM: for `make run` and tests."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 - for tests and make run alone

    from cryptography import x509  # noqa: PLC0415 - heavy, and only a worker seals
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - heavy, and only a worker seals
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - heavy, and only a worker seals

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        **dict.fromkeys(
            ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
        ),
        **dict.fromkeys(("encipher_only", "decipher_only"), False),
    )
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
