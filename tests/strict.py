"""What makes the tests stricter than production: undefined template variables, and pages that break the house rules."""

import gzip
import re
import sys
from collections import Counter, defaultdict
from contextlib import nullcontext
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client

from tests.languages import other_language_in
from tests.writes import Writes

BASE_DIR = Path(__file__).resolve().parent.parent
OUR_HOSTS = {"", "portal.test", "testserver"}


class UndefinedTemplateVariable(Exception):
    """One of our own templates printed a variable that its view did not give."""


class UndefinedVariableFails(str):
    """For the engine's `string_if_invalid`: printing an undefined variable fails in our templates, and only there.

    Django asks this value three things: whether it is true and whether it holds "%s" (both only on the path where a
    variable was not found), then to format itself. Everywhere else it must behave as the empty string that production
    has, or `{% if delegate.passport %}` would be true for a missing one-to-one row.
    """

    def __bool__(self):
        caller = sys._getframe(1)
        return (
            caller.f_code.co_name == "resolve" and caller.f_globals.get("__name__") == "django.template.base"
        )

    def __contains__(self, text):
        return text == "%s"

    def __mod__(self, variable):
        template = _template_being_rendered()
        if template and BASE_DIR in Path(template).parents and ".venv" not in Path(template).parts:
            raise UndefinedTemplateVariable(f"{{{{ {variable} }}}} in {Path(template).relative_to(BASE_DIR)}")
        return ""


def _template_being_rendered() -> str:
    """The file whose node is being rendered: the nearest frame of Node.render_annotated says it."""
    frame = sys._getframe(2)
    while frame:
        if frame.f_code.co_name == "render_annotated":
            origin = getattr(frame.f_locals["self"], "origin", None)
            return origin.name if origin else ""
        frame = frame.f_back
    return ""


# ── The linting client ───────────────────────────────────────────────────────────────────────────────────────────────

# Elements whose address the browser fetches (or sends data to) by itself; a plain link may lead elsewhere.
FETCHED = {
    ("script", "src"),
    ("link", "href"),
    ("img", "src"),
    ("img", "srcset"),
    ("source", "src"),
    ("source", "srcset"),
    ("iframe", "src"),
    ("embed", "src"),
    ("object", "data"),
    ("video", "src"),
    ("video", "poster"),
    ("audio", "src"),
    ("use", "href"),
    ("image", "href"),
    ("input", "src"),
    ("form", "action"),
    ("button", "formaction"),
    ("input", "formaction"),
}
DATA_SCRIPTS = {"application/json", "application/ld+json"}  # data blocks: the browser runs nothing
READ_ALOUD = {"alt", "title", "placeholder", "aria-label"}
ADDRESSES = ("href", "src", "action", "formaction", "xlink:href", "data", "poster")


# What may stand directly in a list, and the elements that have no end (HTML, 4.4 and 13.1.2).
CHILDREN = {"ul": {"li"}, "ol": {"li"}, "dl": {"dt", "dd", "div"}, "a group of dl": {"dt", "dd"}}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class PageRefused(AssertionError):
    """A page breaks a rule that every page must keep."""


class _Linter(HTMLParser):
    def __init__(self, allowed_text):
        super().__init__(convert_charrefs=True)
        self.faults, self.ids, self.allowed_text = [], Counter(), allowed_text
        self.language, self.title, self.open_form, self.in_data_script = None, "", None, False
        self.in_title = False
        self.open = []
        self.languages = [(0, "")]  # what is open begins at which depth to be in which language
        self.said: dict[str, list[str]] = defaultdict(list)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        shown = f"<{tag} {' '.join(f'{name}={value!r}' for name, value in given.items())}>"[:200]
        self._nesting(tag, given, shown)
        if "lang" in given and tag not in VOID:
            self.languages.append((len(self.open), given["lang"]))
        for name in READ_ALOUD & given.keys():
            self._says(given[name])
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self._says(given.get("value", ""))
        self.in_data_script = tag == "script" and given.get("type") in DATA_SCRIPTS
        if tag == "script" and "src" not in given and not self.in_data_script:
            self.faults.append(f"inline script: {shown}")
        if tag == "style" or "style" in given:
            self.faults.append(f"inline style: {shown}")
        for name, value in given.items():
            self._attribute(tag, name, value, shown)
        if "maxlength" in given:
            self.faults.append(f"what is pasted is cut in silence: {shown}")
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "html":
            self.language = given.get("lang", "")
        self.in_title = tag == "title" and not self.title
        if tag == "form":
            self.open_form = {"method": given.get("method", "get").lower(), "shown": shown, "token": False}
        if tag == "input" and given.get("name") == "csrfmiddlewaretoken" and self.open_form:
            self.open_form["token"] = True

    def _nesting(self, tag, given, shown):
        parent = self.open[-1] if self.open else ""
        if parent == "div" and self.open[-2:-1] == ["dl"]:
            parent = "a group of dl"
        if tag not in CHILDREN.get(parent, {tag}) | {"script", "template"}:
            self.faults.append(f"in {parent}: {shown}")
        if tag in CHILDREN and given.get("role", "list") not in {"list", "listbox", "menu", "tablist"}:
            self.faults.append(f"a list that is called something else: {shown}")
        if tag not in VOID:
            self.open.append(tag)

    def _attribute(self, tag, name, value, shown):
        if name.startswith("on"):
            self.faults.append(f"inline handler: {shown}")
        compact = re.sub(r"[\s\x00-\x1f]", "", value).lower()
        if name in ADDRESSES and compact.startswith(("javascript:", "vbscript:")):
            self.faults.append(f"script address: {shown}")
        if (tag, name) in FETCHED and not (tag == "link" and "canonical" in shown):
            for address in re.split(r",\s+", value) if name == "srcset" else [value]:
                parts = urlsplit(address.strip().split(" ")[0])
                if (
                    parts.scheme not in {"", "http", "https", "data"}
                    or (parts.hostname or "") not in OUR_HOSTS
                ):
                    self.faults.append(f"external host: {shown}")
        self._text(value)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in self.open:  # what may be left open ends with what is around it
            del self.open[len(self.open) - 1 - self.open[::-1].index(tag) :]
            while self.languages[-1][0] > len(self.open):
                self.languages.pop()
        if tag == "form" and self.open_form:
            if self.open_form["method"] == "post" and not self.open_form["token"]:
                self.faults.append(f"form without CSRF token: {self.open_form['shown']}")
            self.open_form = None
        if tag == "title":
            self.in_title = False
        self.in_data_script = False

    def handle_data(self, data):
        if self.in_title:
            self.title += data
        if not self.in_data_script:
            self._text(data)
            if not self.open or self.open[-1] not in {"script", "style", "textarea"}:
                self._says(data)

    def _says(self, text):
        self.said[self.languages[-1][1]].append(" ".join(text.split()))

    def _text(self, text):
        for allowed in self.allowed_text:
            text = text.replace(allowed, "")
        for sign in ("{{", "{%", "{#"):
            if sign in text:
                self.faults.append(f"unrendered template: {text.strip()[:120]!r}")


def _read(html: str, allowed_text: tuple[str, ...] = ()) -> _Linter:
    linter = _Linter(allowed_text)
    linter.feed(html)
    linter.close()
    return linter


def said_in(html: str) -> dict[str, list[str]]:
    """The texts of a page or mail by the language in which a reader meets them: between the tags, read aloud, and on
    buttons; not what somebody typed into a field."""
    return _read(html).said


def faults_of_page(
    html: str, *, allowed_text: tuple[str, ...] = (), languages_apart: bool = True
) -> list[str]:
    """What is wrong with one HTML page; empty when nothing is. `allowed_text` is text that may look like a template; without
    `languages_apart` a part may say something in the other language than its own."""
    linter = _read(html, allowed_text)
    faults = linter.faults
    faults += [f"duplicate id: {name!r}" for name, count in linter.ids.items() if count > 1]
    if not linter.language:
        faults.append("<html> without lang")
    if not linter.title.strip():
        faults.append("page without a title")
    for language, texts in linter.said.items() if languages_apart else ():
        faults += [f"not in {language}: {text!r}" for text in other_language_in("\n".join(texts), language)]
    return faults


def text_of(response) -> str:
    """A page as the browser reads it."""
    sent = response.content
    page = gzip.decompress(sent) if response.get("Content-Encoding") == "gzip" else sent
    return page.decode(response.charset)


LOOKS = {"GET", "HEAD", "OPTIONS"}
# What whoever only looks, or is refused, leaves in the database: that they looked, that a delegation's link was used, what
# the session holds; the file that is kept for the next try, and that a sign-in failed.
LEFT_BY_LOOKS = {"portal_accessrecord", "registration_delegationlinkuse", "django_session"}
LEFT_BY_REFUSALS = {*LEFT_BY_LOOKS, "registration_pendingupload", "axes_accessattempt"}


class LintingClient(Client):
    """Django's test client, over https by default, that refuses every HTML page which breaks the house rules, and every look
    or refusal (from 400 on) that leaves something else in the database than that it was made.

    `over_http = True` sends plain http; `allowed_text` holds user input of a test that looks like a template;
    `languages_apart = False` is for a test whose data say in one language what is for readers of the other; `may_leave` names
    the tables that a look or a refusal leaves rows in because the test itself writes meanwhile, or signs in by a link.
    """

    allowed_text: tuple[str, ...] = ()
    over_http = False
    languages_apart = True
    may_leave: frozenset[str] = frozenset()

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("SERVER_NAME", "portal.test")
        super().__init__(*args, **kwargs)

    def generic(self, method, path, data="", content_type="application/octet-stream", secure=False, **extra):
        return super().generic(method, path, data, content_type, secure or not self.over_http, **extra)

    def request(self, **request):
        written = Writes()
        with connection.execute_wrapper(written) if connection.in_atomic_block else nullcontext():
            response = super().request(**request)
        method = request.get("REQUEST_METHOD")
        may_leave = LEFT_BY_REFUSALS if response.status_code >= 400 else LEFT_BY_LOOKS
        if (method in LOOKS or response.status_code >= 400) and (
            left := written.tables - may_leave - self.may_leave
        ):
            raise PageRefused(
                f"{method} {request.get('PATH_INFO')}: answered {response.status_code}, and wrote {left}"
            )
        is_page = response.get("Content-Type", "").startswith("text/html") and not response.streaming
        if is_page and response.content and response.status_code not in {301, 302, 303, 307, 308}:
            faults = faults_of_page(
                text_of(response), allowed_text=self.allowed_text, languages_apart=self.languages_apart
            )
            if faults:
                raise PageRefused(
                    f"{request.get('REQUEST_METHOD')} {request.get('PATH_INFO')}:\n" + "\n".join(faults)
                )
        return response


def body_of(response) -> bytes:
    """The whole body; also of a streaming answer, whose file stays open until somebody reads it to the end."""
    return b"".join(response.streaming_content) if response.streaming else response.content
