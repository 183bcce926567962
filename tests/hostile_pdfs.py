"""PDFs that act, hide, explode or are broken, and PDFs that a delegate may well send."""

import zlib
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from tests.hostile_images import photo, zip_archive
from tests.pdf_parts import CATALOG, PAGE, PAGES, blank, raw_pdf, stream, written
from tests.sample_files import Collection

HOSTILE_PDFS = Collection()
GOOD_PDFS = Collection()
acts = HOSTILE_PDFS.add


def with_opening(action) -> bytes:
    pdf = blank()
    pdf.Root.OpenAction = pdf.make_indirect(action)
    return written(pdf)


def with_annotation(**entries) -> bytes:
    pdf = blank()
    annotation = Dictionary(Type=Name.Annot, Rect=[0, 0, 99, 99], **entries)
    pdf.pages[0].Annots = Array([pdf.make_indirect(annotation)])
    return written(pdf)


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


# ── Scripts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@acts("passport.pdf", "pdf_active_content")
def script_on_opening():
    return with_opening(script())


@acts("passport.pdf", "pdf_active_content")
def script_in_a_link():
    return with_annotation(Subtype=Name.Link, A=script())


@acts("passport.pdf", "pdf_active_content")
def script_behind_a_jump():
    return with_annotation(Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=[0, Name.Fit], Next=script()))


@acts("passport.pdf", "pdf_active_content")
def script_in_a_list_of_actions():
    return with_annotation(
        Subtype=Name.Link, A=Array([Dictionary(S=Name.URI, URI=String("https://x.example")), script()])
    )


@acts("passport.pdf", "pdf_active_content")
def script_in_the_name_tree():
    pdf = blank()
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=[String("a"), pdf.make_indirect(script())]))
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def script_when_the_page_opens():
    pdf = blank()
    pdf.pages[0].AA = Dictionary(O=script())
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def script_in_a_form_field():
    pdf = blank()
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("a"), AA=Dictionary(K=script())))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def script_in_an_outline_entry():
    pdf = blank()
    entry = pdf.make_indirect(Dictionary(Title=String("a"), A=script()))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(First=entry, Last=entry, Count=1))
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def script_in_an_object_stream():
    pdf = blank()
    pdf.Root.OpenAction = pdf.make_indirect(script())
    return written(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


@acts("passport.pdf", "pdf_active_content")
def script_with_an_escaped_name():
    return raw_pdf(
        b"<</Type/Catalog/Pages 2 0 R/Open#41ction<</S/J#61vaScript/J#53(app.alert\\(1\\))>>>>", PAGES, PAGE
    )


@acts("passport.pdf", "pdf_active_content")
def script_in_an_object_nobody_refers_to():
    return raw_pdf(CATALOG, PAGES, PAGE, b"<</S/JavaScript/JS(app.alert\\(1\\))>>")


@acts("passport.pdf", "pdf_active_content")
def script_in_a_dynamic_form():
    pdf = blank()
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=pdf.make_stream(b"<xdp:xdp/>"))
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def postscript_object():
    pdf = blank()
    program = pdf.make_stream(b"showpage", Type=Name.XObject, Subtype=Name.PS)
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(P=program))
    return written(pdf)


# ── Other actions, other files ───────────────────────────────────────────────────────────────────────────────────────

ACTIONS = {
    "launch": lambda: Dictionary(S=Name.Launch, F=String("cmd.exe")),
    "submit_form": lambda: Dictionary(S=Name.SubmitForm, F=String("https://evil.example/")),
    "import_data": lambda: Dictionary(S=Name.ImportData, F=String("data.fdf")),
    "jump_into_another_file": lambda: Dictionary(S=Name.GoToR, F=String("other.pdf"), D=[0, Name.Fit]),
    "jump_into_an_embedded_file": lambda: Dictionary(S=Name.GoToE, D=[0, Name.Fit]),
    "rendition": lambda: Dictionary(S=Name.Rendition, OP=0),
    "movie_action": lambda: Dictionary(S=Name.Movie),
    "sound_action": lambda: Dictionary(S=Name.Sound),
}
for _id, _action in ACTIONS.items():
    acts("passport.pdf", "pdf_active_content", id=f"{_id}_on_opening")(lambda a=_action: with_opening(a()))
    acts("passport.pdf", "pdf_active_content", id=f"{_id}_in_a_link")(
        lambda a=_action: with_annotation(Subtype=Name.Link, A=a())
    )


def launch_on_opening() -> bytes:
    return with_opening(ACTIONS["launch"]())


@acts("passport.pdf", "pdf_active_content")
def web_address_on_opening():
    return with_opening(Dictionary(S=Name.URI, URI=String("https://evil.example/")))


@acts("passport.pdf", "pdf_active_content")
def print_on_opening():
    return with_opening(Dictionary(S=Name.Named, N=Name.Print))


for _subtype in ("FileAttachment", "RichMedia", "Screen", "Movie", "Sound", "3D"):
    acts("passport.pdf", "pdf_active_content", id=f"annotation_{_subtype}")(
        lambda s=_subtype: with_annotation(Subtype=Name(f"/{s}"))
    )


@acts("passport.pdf", "pdf_active_content")
def embedded_file():
    pdf = blank()
    pdf.attachments["evil.exe"] = pikepdf.AttachedFileSpec(pdf, b"MZ", filename="evil.exe")
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def associated_file():
    pdf = blank()
    data = pdf.make_stream(b"MZ", Type=Name.EmbeddedFile)
    pdf.pages[0].AF = Array(
        [pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String("a"), EF=Dictionary(F=data)))]
    )
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def artwork_with_a_script():
    """The stream alone, as an annotation of another kind may name it."""
    pdf = blank()
    program = pdf.make_stream(b"scene.animating = true")
    artwork = pdf.make_stream(b"U3D", Type=Name("/3D"), Subtype=Name.U3D, OnInstantiate=program)
    pdf.pages[0].Annots = Array(
        [pdf.make_indirect(Dictionary(Subtype=Name.Square, Rect=[0, 0, 9, 9], D=artwork))]
    )
    return written(pdf)


for _key in ("3DD", "3DA", "3DV", "OnInstantiate"):
    acts("passport.pdf", "pdf_active_content", id=f"artwork_under_{_key}")(
        lambda k=_key: with_annotation(Subtype=Name.Square, **{k: Dictionary()})
    )
for _type in ("3D", "3DRef"):
    acts("passport.pdf", "pdf_active_content", id=f"artwork_of_type_{_type}")(
        lambda t=_type: raw_pdf(CATALOG, PAGES, PAGE, stream(b"/Type/#33%b" % t[1:].encode(), b"x"))
    )
for _subtype in ("U3D", "PRC"):
    acts("passport.pdf", "pdf_active_content", id=f"artwork_as_{_subtype}")(
        lambda s=_subtype: raw_pdf(CATALOG, PAGES, PAGE, stream(b"/Subtype/" + s.encode(), b"x"))
    )


def with_form(entries: bytes, *further: bytes) -> bytes:
    return raw_pdf(
        CATALOG, PAGES, PAGE, stream(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]" + entries, b""), *further
    )


@acts("passport.pdf", "pdf_active_content")
def page_of_another_file():
    return with_form(b"/Ref<</F(\\\\evil.example\\share\\a.pdf)/Page 0>>")


@acts("passport.pdf", "pdf_active_content")
def page_of_another_file_named_elsewhere():
    return with_form(b"/R#65f 5 0 R", b"<</F<</Type/Filespec/F(a.pdf)>>/Page 0>>")


@acts("passport.pdf", "pdf_active_content")
def picture_on_a_print_server():
    return with_form(b"/OPI<</2.0<</Type/OPI/Version 2.0/F(evil.tif)>>>>")


@acts("passport.pdf", "pdf_active_content")
def picture_on_a_print_server_by_its_type():
    return raw_pdf(CATALOG, PAGES, PAGE, b"<</Type/OPI/Version 1.3/F(evil.tif)>>")


@acts("passport.pdf", "pdf_active_content")
def portfolio():
    pdf = blank()
    pdf.Root.Collection = Dictionary(View=Name.D)
    return written(pdf)


@acts("passport.pdf", "pdf_active_content")
def stream_kept_in_another_file():
    return raw_pdf(CATALOG, PAGES, PAGE, stream(b"/F(\\\\\\\\evil.example\\\\share\\\\a)", b""))


# ── Protection ───────────────────────────────────────────────────────────────────────────────────────────────────────


@acts("passport.pdf", "pdf_encrypted")
def password_to_open():
    return written(blank(), encryption=pikepdf.Encryption(user="secret", owner="other"))


@acts("passport.pdf", "pdf_encrypted")
def one_password_for_all():
    return written(blank(), encryption=pikepdf.Encryption(user="secret", owner="secret", R=4))


@acts("passport.pdf", "pdf_active_content")
def script_behind_a_password_to_change():
    pdf = blank()
    pdf.Root.OpenAction = pdf.make_indirect(script())
    return written(pdf, encryption=pikepdf.Encryption(user="", owner="secret"))


# ── Broken, or something else besides ────────────────────────────────────────────────────────────────────────────────


@acts("passport.pdf", "damaged")
def no_page():
    return raw_pdf(CATALOG, b"<</Type/Pages/Kids[]/Count 0>>")


@acts("passport.pdf", "too_many_pages")
def page_tree_that_bites_its_tail():
    return raw_pdf(CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>")


@acts("passport.pdf", "damaged")
def only_the_header():
    return b"%PDF-1.7\n"


@acts("passport.pdf", "damaged")
def header_and_end_only():
    return b"%PDF-1.7\nstartxref\n0\n%%EOF\n"


@acts("passport.pdf", "damaged")
def cut_short():
    return scanned()[:-2000]


@acts("passport.pdf", "damaged")
def later_revision_cut_short():
    return scanned() + b"9 0 obj\n<</Type/Page"


@acts("passport.pdf", "damaged")
def much_after_the_end():
    return scanned() + bytes(70_000)


@acts("passport.pdf", "type_mismatch")
def pdf_and_script_after_the_end():
    return scanned() + b"<script>alert(1)</script>"


@acts("passport.pdf", "type_mismatch")
def pdf_and_page_before_the_header():
    return b"<!DOCTYPE html><title>x</title>" + scanned()


for _beginning in (b"MZ", b"GIF89a", b"RIFF", b"#!/bin/sh\n", b"\x7fELF"):
    acts("passport.pdf", "type_mismatch", id=f"pdf_and_{_beginning[:4]!r}_before_it")(
        lambda b=_beginning: b + bytes(40) + scanned()
    )


@acts("passport.pdf", "type_mismatch")
def pdf_and_jpeg():
    return photo()[:600] + scanned()


@acts("passport.pdf", "type_mismatch")
def header_past_the_first_kilobyte():
    return b" " * 1025 + scanned()


@acts("passport.pdf", "pdf_active_content")
def script_behind_bytes_before_the_header():
    return b"\xef\xbb\xbf" + with_opening(script()) + b"\r\nremark"


@acts("passport.pdf", "damaged")
def jpeg_in_it_cut_short():
    pdf = blank()
    picture = photo()[:2000]
    pdf.pages[0].Contents = pdf.make_stream(picture, Filter=Name.DCTDecode)
    return written(pdf)


@acts("passport.pdf", "type_mismatch")
def pdf_and_zip():
    return scanned() + zip_archive(comment=b"\n%%EOF\n")


@acts("passport.pdf", "type_mismatch")
def pdf_and_rar():
    return raw_pdf(CATALOG, PAGES, PAGE, stream(b"", b"Rar!\x1a\x07\x01\x00"))


# ── Good ones ────────────────────────────────────────────────────────────────────────────────────────────────────────


@GOOD_PDFS.add("passport.pdf")
@cache
def scanned(width: int = 900, height: int = 600, quality: int = 80) -> bytes:
    """One A4 page with a photo, as a scanning app makes it: EXIF with a place and document properties included."""
    pdf = blank()
    picture = pdf.make_stream(
        photo(width=width, height=height, quality=quality, gps=True),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    page = pdf.pages[0]
    page.Resources = Dictionary(XObject=Dictionary(Im0=picture))
    page.Contents = pdf.make_stream(b"q 500 0 0 333 40 400 cm /Im0 Do Q")
    page.PieceInfo = Dictionary(App=Dictionary(Private=String("SECRET-PIECE")))
    pdf.docinfo["/Author"] = "SECRET-AUTHOR"
    pdf.Root.Metadata = pdf.make_stream(b"<x>SECRET-XMP</x>", Type=Name.Metadata, Subtype=Name.XML)
    return written(pdf)


@GOOD_PDFS.add("SCAN.PDF")
def ten_pages():
    return written(blank(10))


@GOOD_PDFS.add("passport.pdf")
def object_streams():
    return written(blank(2), object_stream_mode=pikepdf.ObjectStreamMode.generate)


@GOOD_PDFS.add("passport.pdf")
def linearised():
    return written(blank(2), linearize=True)


@GOOD_PDFS.add("passport.pdf")
def opens_at_its_first_page():
    return with_opening(Dictionary(S=Name.GoTo, D=[0, Name.Fit]))


@GOOD_PDFS.add("passport.pdf")
def link_to_the_scanning_app():
    return with_annotation(
        Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://tracker.example/"))
    )


@GOOD_PDFS.add("passport.pdf")
def form_without_scripts():
    pdf = blank()
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("a"), V=String("b")))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    return written(pdf)


@GOOD_PDFS.add("passport.pdf")
def tagged_with_references():
    """In PDF 2.0 an element of the structure lists others under the key that a form XObject has for another file."""
    pdf = blank()
    element = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P))
    element.Ref = Array([element])
    pdf.Root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=element))
    return written(pdf)


@GOOD_PDFS.add("passport.pdf")
def jpeg_packed_twice():
    """A JPEG inside a deflated stream, as some office scanners write it."""
    pdf = blank()
    packed = zlib.compress(photo(gps=True))
    pdf.pages[0].Contents = pdf.make_stream(packed, Filter=Array([Name.FlateDecode, Name.DCTDecode]))
    return written(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none)


@GOOD_PDFS.add("passport.pdf")
def blanks_after_the_end():
    return scanned() + b"\r\n\0\0\0\n"


for _before in (b"\n", b"\xef\xbb\xbf", b"@PJL SET RESOLUTION=300\n", b" " * 1024):
    GOOD_PDFS.add("passport.pdf", id=f"{_before[:8]!r}_before_the_header")(lambda b=_before: b + scanned())
    GOOD_PDFS.add("passport.pdf", id=f"{_before[:8]!r}_before_the_header_counted")(
        lambda b=_before: shifted(b)
    )
for _after in (b"\0" * 8192, b"\r\n--boundary--\r\n", b"SECRET-REMARK"):
    GOOD_PDFS.add("passport.pdf", id=f"{_after[:8]!r}_after_the_end")(lambda a=_after: scanned() + a)


def shifted(before: bytes) -> bytes:
    """A PDF that counts the bytes before its header in the places of its objects."""
    content = raw_pdf(CATALOG, PAGES, PAGE)
    for place in sorted({content.index(b"%d 0 obj" % number) for number in (1, 2, 3)}, reverse=True):
        content = content.replace(b"%010d 0" % place, b"%010d 0" % (place + len(before)))
    table = content.index(b"xref\n")
    return before + content.replace(b"startxref\n%d" % table, b"startxref\n%d" % (table + len(before)))


@GOOD_PDFS.add("passport.pdf")
def no_mark_at_the_end():
    return scanned()[: scanned().rindex(b"%%EOF")]


for _revision in (2, 3, 4, 6):
    GOOD_PDFS.add("passport.pdf", id=f"password_to_change_{_revision}")(
        lambda r=_revision: written(
            blank(2),
            encryption=pikepdf.Encryption(user="", owner="secret", R=r, aes=r >= 4, metadata=r >= 4),
        )
    )


def with_picture(content: bytes) -> bytes:
    pdf = blank()
    picture = pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Image, Width=300, Height=200)
    picture.ColorSpace, picture.BitsPerComponent, picture.Filter = Name.DeviceRGB, 8, Name.DCTDecode
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=picture))
    return written(pdf)


@GOOD_PDFS.add("passport.pdf")
def jpeg_in_it_without_its_end():
    return with_picture(photo()[:-2])


@GOOD_PDFS.add("passport.pdf")
def table_of_objects_slightly_wrong():
    """Office scanners miscount; readers repair it, and so does the copy that is kept."""
    return raw_pdf(CATALOG, PAGES, PAGE).replace(b"startxref\n", b"startxref\n1")
