"""Which kind of file came back, by what is in it: the ending of its name proves nothing. What is neither XLSX nor text is
refused by its name, with how to save it.
"""

import re
import zipfile
from collections.abc import Collection

from django.utils.translation import gettext as _

from .problems import Unreadable

OLE = b"\xd0\xcf\x11\xe0"
BIFF = (
    b"\x09\x00\x04\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x08\x10\x00",
)
PROTECTED = ("EncryptedPackage", "EncryptionInfo")
STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|table|style)\b", re.IGNORECASE)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
BEGINNING = 4096


def refuse_ole(content: bytes) -> None:
    """Raises Unreadable for Excel's old format, and for a workbook with a password, which lies in the same container."""
    if content.startswith(OLE) and any(name.encode("utf-16-le") in content for name in PROTECTED):
        raise Unreadable(
            _(
                "This Excel file is protected with a password. Please open it, take the password away (File, Info, "
                "Protect Workbook) and save it again."
            )
        )
    if content.startswith((OLE, *BIFF)):
        raise Unreadable(
            _(
                "This is an Excel file of the old kind (.xls). Please open it and save it as “Excel Workbook (*.xlsx)”."
            )
        )


def refuse_package(package: zipfile.ZipFile) -> None:
    """Raises Unreadable for a ZIP file that is no workbook, and for a workbook of another kind than XLSX."""
    names = package.namelist()
    lower = [name.lower() for name in names]
    if "mimetype" in names and b"opendocument" in _beginning(package, "mimetype"):
        raise Unreadable(_("This is an OpenDocument file (.ods). Please open it and save it as XLSX."))
    if any(name.endswith((".iwa", "index.zip")) for name in lower):
        raise Unreadable(_("This is a Numbers file. Please open it and choose File, Export To, Excel."))
    if "xl/workbook.bin" in lower:
        raise Unreadable(
            _("This is a binary Excel file (.xlsb). Please open it and save it as “Excel Workbook (*.xlsx)”.")
        )
    if _of_a_workbook(lower):
        if any(name.endswith(("vbaproject.bin", ".xlm")) or "macrosheets" in name for name in lower):
            raise Unreadable(_("This file holds macros. Please save it as XLSX without them."))
        if any(STRICT in _beginning(package, name) for name in names if _of_a_workbook([name.lower()])):
            raise Unreadable(
                _(
                    "This workbook is saved as “Strict Open XML Spreadsheet”. Please save it as “Excel Workbook "
                    "(*.xlsx)”, the first entry of the list of formats."
                )
            )
        return
    if any(name.endswith((".xlsx", ".csv", ".xls")) for name in lower):
        raise Unreadable(_("This is a ZIP archive. Please take the list out of it and send the list alone."))
    raise Unreadable(neither())


def _of_a_workbook(names: Collection[str]) -> bool:
    return any(re.fullmatch(r"/?xl/workbook\d*\.xml", name) for name in names)


def _beginning(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as part:
        return part.read(BEGINNING)


def refuse_markup(text: str) -> None:
    """Raises Unreadable for text that is no table of values: a web page under an Excel name, and the like."""
    beginning = text[:BEGINNING].lstrip()
    if beginning.startswith("<") and "urn:schemas-microsoft-com:office:spreadsheet" in beginning:
        raise Unreadable(
            _("This is an “XML Spreadsheet 2003”. Please open it and save it as “Excel Workbook (*.xlsx)”.")
        )
    if (beginning.startswith("<") and HTML.search(beginning)) or beginning.startswith("MIME-Version:"):
        raise Unreadable(
            _(
                "This is a web page that only has the name of an Excel file. Please open it in Excel and save it as "
                "“Excel Workbook (*.xlsx)”."
            )
        )
    if CONTROL.search(text) or beginning.startswith("%PDF"):
        raise Unreadable(neither())


def neither() -> str:
    return _("This is neither an XLSX nor a CSV file.")
