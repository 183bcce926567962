"""What a person does in the browser, by field names and addresses, so that the same steps serve both languages."""

import io
import random
from dataclasses import dataclass, field
from datetime import date

from PIL import Image
from playwright.sync_api import Page, expect

from .portal import WORKSHOP, LivePortal


def photo(*, width: int = 1600, height: int = 1100, seed: int = 1) -> bytes:
    """A JPEG of a photo's size that shows nobody: coarse noise, scaled up."""
    noise = random.Random(seed).randbytes(80 * 55 * 3)
    picture = Image.frombytes("RGB", (80, 55), noise).resize((width, height), Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@dataclass
class Person:
    """A fictitious delegate."""

    surnames: str
    given_names: str
    email: str
    delegation: str = "BLZ"
    nationality: str = "BLZ"
    passport_number: str = "P1234567"
    date_of_birth: date = date(1984, 5, 17)
    sex: str = "F"
    institution: str = "Ministry of Foreign Affairs"
    position: str = "Director"
    level: str = "middle_management"
    language: str = "en"
    copy: bytes = field(default_factory=photo, repr=False)

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}"


CHOICES = ("delegation", "level", "sex", "nationality", "language")
TEXTS = ("surnames", "given_names", "passport_number", "institution", "position", "email")


def fill_date(page: Page, name: str, day: date) -> None:
    """The three boxes of a date."""
    for part in ("day", "month", "year"):
        page.locator(f"[name={name}_{part}]").fill(str(getattr(day, part)))


def fill_in(page: Page, person: Person, *, passport: bool = True) -> None:
    """The registration form, complete and not yet sent; what is folded is opened."""
    page.locator("select[name=delegation]").wait_for()
    page.locator("details.fold").evaluate_all("folds => folds.forEach((fold) => { fold.open = true; })")
    for name in CHOICES:
        page.locator(f"select[name={name}]").select_option(getattr(person, name))
    for name in TEXTS:
        page.locator(f"[name={name}]").fill(getattr(person, name))
    fill_date(page, "date_of_birth", person.date_of_birth)
    fill_date(page, "passport_expiry", date(2035, 6, 30))
    if passport:
        page.locator("[name=passport]").set_input_files(
            {"name": "IMG_0042.jpg", "mimeType": "image/jpeg", "buffer": person.copy}
        )
    page.locator("[name=consent]").check()
    if page.locator("[name=no_reimbursement]").count():  # where the workshop says something of tickets
        page.locator("[name=no_reimbursement]").check()


def send(page: Page) -> None:
    """Press the form's main button; of the registration form it leads to the page that checks."""
    main = page.locator("main form[data-form] [data-main]")
    (main if main.count() else page.locator("main form[data-form] button[type=submit]")).first.click()


def check_and_send(page: Page, person: Person) -> None:
    """From the registration form over the page that checks it."""
    send(page)
    checked = page.locator("form[data-check]")
    expect(checked.locator(".answers-email")).to_contain_text(person.email)
    expect(checked).to_contain_text(person.surnames)
    send(page)


def register(page: Page, language: str, person: Person, workshop: str = WORKSHOP) -> None:
    """From the landing page to the page that says to look into one's mail."""
    page.goto(f"/{language}/{workshop}/")
    page.locator(f"main a[href='/{language}/{workshop}/register/']").first.click()
    fill_in(page, person)
    check_and_send(page, person)
    expect(page.locator("main strong", has_text=person.email)).to_be_visible()


def open_own_page(page: Page, portal: LivePortal, person: Person) -> None:
    """The delegate's page, by the link that came by mail."""
    page.goto(portal.own_link(person.email))
    expect(page.locator("h1")).to_have_text(person.full_name)


def confirm_address(page: Page) -> None:
    """The button that only the mail leads to; afterwards it is gone."""
    button = page.locator("main form[action$='/confirm/'] button")
    button.click()
    expect(button).to_have_count(0)


def sign_in(page: Page, portal: LivePortal, who: str, language: str) -> None:
    """A member of staff in the admin, in a language."""
    account = portal.staff[who]
    page.context.add_cookies([{"name": "django_language", "value": language, "url": portal.url}])
    page.goto("/admin/login/")
    page.locator("[name=username]").fill(account.username)
    page.locator("[name=password]").fill(account.password)
    page.locator("#login-form [type=submit], main form [type=submit]").first.click()
    expect(page.locator("#user-tools")).to_be_visible()
