"""Small Word and PowerPoint files, made part by part."""

import zipfile
from io import BytesIO

MAIN = {
    "docx": (
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    "pptx": (
        "ppt/presentation.xml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
    ),
}
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def relations(*rows: tuple[str, str, str]) -> str:
    """(type, target, mode) rows as a part's references."""
    inner = "".join(
        f'<Relationship Id="r{number}" Type="{R}/{kind}" Target="{target}"{f" TargetMode={chr(34)}{mode}{chr(34)}" if mode else ""}/>'
        for number, (kind, target, mode) in enumerate(rows)
    )
    return f'<Relationships xmlns="{RELS}">{inner}</Relationships>'


def office(
    extension: str = "docx", *, types: str = "", parts: dict[str, str | bytes] | None = None, main: str = ""
) -> bytes:
    """A file with a main part, metadata, and whatever else is asked for."""
    name, main_type = MAIN[extension]
    everything: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{name}" ContentType="{main_type}"/>'
        f'<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
        f"{types}</Types>",
        "_rels/.rels": relations(("officeDocument", name, ""), ("core-properties", "docProps/core.xml", "")),
        name: main
        or f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>Text</w:t></w:r></w:p></w:body></w:document>',
        "docProps/core.xml": "<core><creator>Ana Secret</creator></core>",
    }
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in (everything | (parts or {})).items():
            archive.writestr(part, data)
    return out.getvalue()
