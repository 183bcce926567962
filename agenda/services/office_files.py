"""Word and PowerPoint files: looked into part by part, refused unless all is known, and packed anew without metadata.

Imports lxml, so it is itself imported only when such a file is checked. The container is a ZIP archive of XML parts
(ECMA-376 part 2): what is stored is a new archive of the parts that passed, so nothing hides before, between or behind
them. Every XML part is parsed, judged by what was parsed, and written anew, so that no encoding and no other reader's
view of it matters; elements are known by their names in whatever namespace, transitional or Strict. References between
parts, fields and actions pass if they are on the lists below; to the outside there are ordinary links only.
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
# Types of relationships that may stand between parts, by their last word: under the transitional and the Strict address
# of ECMA-376, that of its packages, and Microsoft's own of all years. Not among them: aFChunk, attachedTemplate,
# subDocument, frame, mailMergeSource, oleObject, package, control, externalLink, transform, audio, video and the like.
RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
RELATION = re.compile(
    r"http://(?:schemas\.openxmlformats\.org/(?:officeDocument|package)/2006/relationships"
    r"|purl\.oclc\.org/ooxml/officeDocument/relationships"
    r"|schemas\.microsoft\.com/office/20\d\d(?:/\d\d)?/relationships)/(?:metadata/)?([A-Za-z-]+)"
)
LINK = "hyperlink"
KNOWN_RELATIONS = set(
    f"""
    officeDocument core-properties extended-properties extendedProperties custom-properties customProperties thumbnail
    {LINK} image hdphoto font theme themeOverride styles stylesWithEffects settings webSettings fontTable numbering
    footnotes endnotes header footer comments commentsExtended commentsIds commentsExtensible documenttasks people
    glossaryDocument customXml
    slide slideLayout slideMaster notesSlide notesMaster handoutMaster presProps viewProps tableStyles commentAuthors
    authors tags revisionInfo changesInfo chart chartEx chartStyle chartColorStyle chartUserShapes
    diagramData diagramLayout diagramQuickStyle diagramColors diagramDrawing
    """.split()
)
OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]{2}|.*\\")  # a target that is no part of the archive
SAFE_LINK = re.compile(r"(https?|mailto):", re.IGNORECASE)
# What a field may say (ECMA-376 part 1, 17.16.5): none that runs, opens, embeds or fetches anything.
KNOWN_FIELDS = set(
    """
    = ADDIN ADVANCE AUTHOR BIBLIOGRAPHY BIDIOUTLINE CITATION COMMENTS COMPARE CREATEDATE DATE DOCPROPERTY DOCVARIABLE
    EDITTIME EQ FILENAME FILESIZE FORMCHECKBOX FORMDROPDOWN FORMTEXT FORMULA GOTOBUTTON HYPERLINK IF INDEX INFO KEYWORDS
    LASTSAVEDBY LISTNUM MERGEFIELD NOTEREF NUMCHARS NUMPAGES NUMWORDS PAGE PAGEREF PRINTDATE QUOTE REF REVNUM SAVEDATE
    SECTION SECTIONPAGES SEQ SET STYLEREF SUBJECT SYMBOL TA TC TEMPLATE TIME TITLE TOA TOC USERADDRESS USERINITIALS
    USERNAME XE
    """.split()  # noqa: SIM905 - sixty words in quotes say no more
)
FIELD_NAME = re.compile(r"\s*(=|\\?[A-Za-z]+)")
LINK_FIELD = re.compile(r"\s*HYPERLINK\b", re.IGNORECASE)
LINK_NOTES = re.compile(
    r'(?<!\S)\\[ot]\s+(?:"[^"]*"|\S+)', re.IGNORECASE
)  # what the reader is told, and the window
LINK_SWITCH = re.compile(r"\\[A-Za-z*]")
LINK_WORDS = re.compile(r'"([^"]*)"|(\S+)')
# Words that no part of a field may hold: its pieces could be put together in another way than here.
RUNNING_FIELDS = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|EMBED|LINK|DATABASE|MACROBUTTON|AUTOTEXT|RD)\b",
    re.IGNORECASE,
)
RESULT = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for what a field within a field gives
FIELD_TEXTS = {"instrText", "delInstrText"}
TRACKED = {"ins", "del", "moveFrom", "moveTo"}
BRANCHES = {"Choice", "Fallback"}  # of a markup that readers understand or not: each reader sees one of them
ACTION = "ppaction:"
KNOWN_ACTIONS = re.compile(
    r"ppaction://(hlinkshowjump|hlinksldjump|customshow|noaction|media)\b", re.IGNORECASE
)
RUNNING_PARTS = {
    "altChunk",
    "attachedTemplate",
    "subDoc",
    "mailMerge",
    "OLEObject",
    "oleObj",
    "control",
}
FETCHING = {"src", "href", "altHref"}  # attributes by which VML and SVG name pictures elsewhere
SVG = "{http://www.w3.org/2000/svg}"
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
            kept[name] = _checked_xml(data)
        else:
            _check_binary(name, data)
    return kept


def _xml(data: bytes):
    """The part's root element; a document type declaration, which could define entities, is refused."""
    if len(data) > MAX_XML_BYTES:
        raise DocumentRefused("damaged")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.doctype:
        raise DocumentRefused("active")
    return root


def _bytes(root) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _relations(name: str, data: bytes) -> bytes:
    """A part's references without those to what is left out; each of a known type, to the outside only ordinary links."""
    root = _xml(data)
    folder = dirname(dirname(name))  # of word/_rels/document.xml.rels: word
    for each in list(root.iterchildren(etree.Element)):
        target, kind = each.get("Target") or "", RELATION.fullmatch(each.get("Type") or "")
        if each.tag != f"{RELATIONSHIPS}Relationship" or len(each):
            raise DocumentRefused("active")
        outside = (each.get("TargetMode") or "").lower() == "external"
        if not outside and DROPPED.match(normpath(join("/", folder, target)).lstrip("/")):
            root.remove(each)
        elif kind is None or kind[1] not in KNOWN_RELATIONS or not _may_lead(kind[1], target, outside):
            raise DocumentRefused("active")
    return _bytes(root)


def _may_lead(kind: str, target: str, outside: bool) -> bool:
    if outside:
        return kind == LINK and bool(SAFE_LINK.match(target))
    return not OUTSIDE.match(target)


def _checked_xml(data: bytes) -> bytes:
    """A part of XML, written anew from what was judged."""
    root = _xml(data)
    pictured = root.tag == f"{SVG}svg"
    for each in root.iter(etree.Element):
        name = _local(each.tag)
        if name in RUNNING_PARTS or (pictured and name in RUNNING_ELEMENTS):
            raise DocumentRefused("active")
        for attribute, value in each.attrib.items():
            if value.lstrip().lower().startswith(ACTION) and not KNOWN_ACTIONS.match(value.strip()):
                raise DocumentRefused("active")
            attribute = _local(attribute)
            if pictured and attribute.lower().startswith("on"):
                raise DocumentRefused("active")
            if attribute in FETCHING and not _stays_inside(value, link=attribute == "href" and not pictured):
                raise DocumentRefused("active")
        if name == "fldSimple":
            _check_field(_attribute(each, "instr"))
    _check_fields(root, [], [])
    return _bytes(root)


def _local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def _stays_inside(address: str, *, link: bool) -> bool:
    """Whether an address leads to the part itself or to a part of the archive, or where it is a `link`, is an ordinary one."""
    address = address.strip()
    if not OUTSIDE.match(address) or address.startswith("data:image/"):
        return True
    return link and bool(SAFE_LINK.match(address))


def _attribute(element, name: str) -> str:
    """The value of an attribute in whatever namespace."""
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _check_fields(element, open_fields: list[list], tracks: list[str]) -> None:
    """Put the pieces of each field below `element` together as readers do, and check it at its end.

    `open_fields` are those that began before, the innermost last, each as (change that it is part of, text) pieces. What
    begins within one branch of alternative markup must end there, and no branch may add to a field outside of it.
    """
    for each in element.iterchildren(etree.Element):
        name = _local(each.tag)
        if name == "fldChar":
            kind = _attribute(each, "fldCharType")
            if kind == "begin":
                open_fields.append([])
            elif not open_fields:
                raise DocumentRefused("active")
            elif kind == "end":
                _check_pieces(open_fields.pop())
                if open_fields:
                    open_fields[-1].append(("", RESULT))
        elif name in FIELD_TEXTS:
            if not open_fields:
                raise DocumentRefused("active")
            change = "del" if name == "delInstrText" else (tracks[-1] if tracks else "")
            open_fields[-1].append((change, "".join(each.itertext())))
        elif name in BRANCHES:
            _check_fields(each, [], tracks)
        else:
            _check_fields(each, open_fields, [*tracks, name] if name in TRACKED else tracks)
    if element.getparent() is None or _local(element.tag) in BRANCHES:
        for pieces in open_fields:  # without an end
            _check_pieces(pieces)


def _check_pieces(pieces: list[tuple[str, str]]) -> None:
    """Check a field as it reads with all tracked changes, and as it would without either kind of them."""
    for left_out in (set(), {"del", "moveFrom"}, {"ins", "moveTo"}):
        text = "".join(words for change, words in pieces if change not in left_out)
        if text.strip():
            _check_field(text)


def _check_field(text: str) -> None:
    name = FIELD_NAME.match(text)
    if name is None or name[1].upper() not in KNOWN_FIELDS or RUNNING_FIELDS.search(text):
        raise DocumentRefused("active")
    if LINK_FIELD.match(text):
        for quoted, bare in LINK_WORDS.findall(LINK_NOTES.sub(" ", text[len(name[0]) :])):
            word = (quoted or bare).lstrip('"')
            if OUTSIDE.match(word) and not (SAFE_LINK.match(word) or LINK_SWITCH.fullmatch(word)):
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
