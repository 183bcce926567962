"""Word and PowerPoint files: looked into part by part, refused when they can act, and packed anew without metadata.

Imports lxml, so it is itself imported only when such a file is checked. The container is a ZIP archive of XML parts
(ECMA-376 part 2): what is stored is a new archive of the parts that passed, so nothing hides before, between or behind
them. Macros, embedded files, ActiveX, fields that run or fetch something, and references to anything outside the file
but ordinary links are refused.
"""

import re
import zipfile
from io import BytesIO
from posixpath import dirname, join, normpath

from lxml import etree

from ..exceptions import DocumentRefused

MAIN_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
MAX_PARTS = 2000
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_XML_BYTES = 20 * 1024 * 1024
ACTIVE_NAMES = re.compile(
    r"vbaproject|activex|embeddings/|oleobject|externallinks|macrosheets|customui", re.IGNORECASE
)
ACTIVE_TYPES = re.compile(r"macro|vba|activex|oleobject|webextension|msdownload", re.IGNORECASE)
XML_NAMES = (".xml", ".rels", ".vml", ".svg")
PICTURES = {  # by file ending: what its first bytes must be
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".tif": (b"II*\0", b"MM\0*"),
    ".tiff": (b"II*\0", b"MM\0*"),
    ".bmp": (b"BM",),
}
FONTS = (".odttf", ".fntdata")
RUNNING_FIELDS = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|EMBED|LINK|DATABASE)\b", re.IGNORECASE
)
RUNNING_ACTIONS = re.compile(rb"ppaction://(program|macro|ole|hlinkfile)", re.IGNORECASE)
LINK_TYPES = ("/hyperlink",)
SAFE_LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
SVG = "{http://www.w3.org/2000/svg}"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Who wrote it, where it was printed, data bound to it, signatures that a new archive breaks: left out.
DROPPED = re.compile(
    r"(docProps/|docMetadata/|customXml/|_xmlsignatures/|(ppt|word)/printerSettings)", re.IGNORECASE
)
RUNNING_ELEMENTS = {"script", "foreignObject", "iframe", "handler"}
CONTENT_TYPES = "[Content_Types].xml"


def clean_office(content: bytes, extension: str) -> bytes:
    """A new archive of the file's own parts. `extension` is "docx" or "pptx". Raises DocumentRefused."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = _read_parts(archive)
        return _packed(_checked(parts, extension))
    except DocumentRefused:
        raise
    except Exception as error:  # whatever the readers choke on, the file is not one to hand out
        raise DocumentRefused("damaged") from error


def _read_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part by its name, within the limits, which are checked before and while unpacking."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_PARTS or len({name.lower() for name in names}) != len(names):
        raise DocumentRefused("damaged")
    parts, total = {}, 0
    for entry in entries:
        name = entry.filename
        if entry.flag_bits & 0x1:
            raise DocumentRefused("encrypted")
        if (
            name.startswith(("/", "\\"))
            or "\\" in name
            or "\0" in name
            or normpath(name) != name
            or ".." in name
        ):
            raise DocumentRefused("damaged")
        with archive.open(entry) as stream:
            data = stream.read(MAX_UNPACKED_BYTES - total + 1)
        total += len(data)
        if total > MAX_UNPACKED_BYTES:
            raise DocumentRefused("damaged")
        parts[name] = data
    return parts


def _checked(parts: dict[str, bytes], extension: str) -> dict[str, bytes]:
    if CONTENT_TYPES not in parts:
        raise DocumentRefused("damaged")
    if any(ACTIVE_NAMES.search(name) for name in parts):
        raise DocumentRefused("active")
    types = _xml(parts[CONTENT_TYPES])
    declared = [each.get("ContentType") or "" for each in types]
    if any(ACTIVE_TYPES.search(each) for each in declared):
        raise DocumentRefused("active")
    if declared.count(MAIN_TYPES[extension]) != 1:
        raise DocumentRefused("type_mismatch")
    kept = {name: data for name, data in parts.items() if not DROPPED.match(name)}
    for each in list(types):
        if DROPPED.match((each.get("PartName") or "").lstrip("/")):
            types.remove(each)
    for name, data in kept.items():
        if name == CONTENT_TYPES:
            kept[name] = _bytes(types)
        elif name.lower().endswith(".rels"):
            kept[name] = _relations(name, data)
        elif name.lower().endswith(XML_NAMES):
            _check_xml(data)
        else:
            _check_binary(name, data)
    return kept


def _xml(data: bytes):
    """The part's root element; a document type declaration, which could define entities, is refused."""
    if len(data) > MAX_XML_BYTES:
        raise DocumentRefused("damaged")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.doctype:
        raise DocumentRefused("active")
    return root


def _bytes(root) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _relations(name: str, data: bytes) -> bytes:
    """A part's references without those to what is left out; one to the outside must be an ordinary link."""
    root = _xml(data)
    folder = dirname(dirname(name))  # of word/_rels/document.xml.rels: word
    for each in list(root):
        target, kind = each.get("Target") or "", each.get("Type") or ""
        if (each.get("TargetMode") or "").lower() == "external":
            if not kind.endswith(LINK_TYPES) or not SAFE_LINK.match(target):
                raise DocumentRefused("active")
        elif DROPPED.match(normpath(join("/", folder, target)).lstrip("/")):
            root.remove(each)
    return _bytes(root)


def _check_xml(data: bytes) -> None:
    root = _xml(data)
    # A field's text may be cut into pieces, so the pieces of a part are read as one.
    words = "".join(each.text or "" for each in root.iter(f"{WORD}instrText"))
    words += " ".join(each.get(f"{WORD}instr") or "" for each in root.iter(f"{WORD}fldSimple"))
    if RUNNING_FIELDS.search(words) or RUNNING_ACTIONS.search(data):
        raise DocumentRefused("active")
    if root.tag == f"{SVG}svg":
        for each in root.iter(etree.Element):
            if etree.QName(each).localname in RUNNING_ELEMENTS or any(
                name.startswith("on") for name in each.attrib
            ):
                raise DocumentRefused("active")


def _check_binary(name: str, data: bytes) -> None:
    """Only pictures that are what their ending says, and fonts."""
    ending = "." + name.lower().rpartition(".")[2]
    if ending in FONTS:
        return
    if ending not in PICTURES or not data.startswith(PICTURES[ending]):
        raise DocumentRefused("active")


def _packed(parts: dict[str, bytes]) -> bytes:
    """A new archive, the content types first as ECMA-376 asks, every entry with the same fixed date."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda name: (name != CONTENT_TYPES, name)):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), parts[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()
