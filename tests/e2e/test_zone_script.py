"""What the page says of the passport's two lines while they are typed: the same as the server says."""

import json
from dataclasses import asdict

from registration.forms.passport_fields import TABLES
from tests.registration.zone_corpus import cases
from tests.sources import BASE_DIR

CHECK = """
async ([source, tables, cases]) => {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { linesOf, wrongDigits, differences } = await import(address);
  return cases.map((said) => {
    const lines = linesOf(said.zone, tables);
    const values = {
      surnames: said.surnames,
      given_names: said.given_names,
      passport_number: said.form.number,
      nationality: said.form.nationality,
      issuing_country: said.form.issuing_country,
      sex: said.form.sex,
    };
    for (const [name, day] of [["date_of_birth", said.form.date_of_birth], ["passport_expiry", said.form.expires_on]]) {
      ["year", "month", "day"].forEach((part, place) => {
        values[`${name}_${part}`] = (day ?? "").split("-")[place] ?? "";
      });
    }
    const elements = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
    const whole = lines.length === 2 && lines.every((line) => line.length === 44);
    return whole && !wrongDigits(lines[1]).length ? differences(lines, { elements }, tables).sort() : lines;
  });
}
"""
FORM_FIELDS = {"number": "passport_number", "expires_on": "passport_expiry"}


def test_the_script_finds_what_the_server_finds(browser):
    page = browser.new_page()
    source = (BASE_DIR / "static/js/mrz.js").read_text(encoding="utf-8")
    listed = list(cases())
    said = [{**asdict(case), "differ": sorted(case.differ)} for case in listed]
    found = page.evaluate(CHECK, [source, json.loads(json.dumps(TABLES)), said])
    page.close()
    wrong = []
    for case, names in zip(listed, found, strict=True):
        expected = sorted(FORM_FIELDS.get(name, name) for name in case.differ)
        # Of a name that may have been cut the script looks at the first words; the server says the rest.
        cut = case.zone.split("\n")[0][-2:] != "<<"
        if names != expected and not (cut and set(names) < set(expected)):
            wrong.append((case, names))
    assert [(case.surnames, case.given_names, case.zone, names) for case, names in wrong] == []
