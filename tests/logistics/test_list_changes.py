"""What has changed between two lists, and the picture of the hours."""

from xml.etree import ElementTree as ET

from logistics.rules.hour_chart import Day, Words, chart
from logistics.rules.list_changes import Marks, Table, compare

BEFORE = Table(("name", "nights", "old"), {"a": ["Ana", 2, "x"], "b": ["Bea", 2, "x"], "c": ["Cy", 1, "x"]})


def test_new_changed_and_gone_lines_are_told_apart():
    now = Table(("name", "nights"), {"a": ("Ana", 3), "b": ("Bea", 2), "d": ("Di", 2)})
    marks = compare(BEFORE, now)
    assert marks.new == {"d"}
    assert marks.changed == {("a", "nights"): 2}
    assert marks.gone == {"c": {"name": "Cy", "nights": 1, "old": "x"}}
    assert marks.count == 3


def test_without_an_earlier_list_nothing_is_marked():
    assert compare(None, BEFORE) == Marks()


def test_a_new_column_marks_no_line():
    now = Table(("name", "nights", "new"), {key: (*line[:2], "y") for key, line in BEFORE.lines.items()})
    assert compare(BEFORE, now) == Marks()


WORDS = Words("Title & all", "<b>", "Arrivals", "Departures", "Hour", "For information")


def test_the_picture_has_a_bar_and_a_number_for_each_hour_that_somebody_moves():
    day = Day("30 March", (0,) * 14 + (4,) + (0,) * 9, (0,) * 23 + (2,))
    svg = ET.fromstring(chart([day], WORDS))
    name = "{http://www.w3.org/2000/svg}"
    bars = [each for each in svg.iter(f"{name}rect") if each.get("width") == "11"]
    assert [(each.get("height"), each.get("fill")) for each in bars] == [("84", "#0b746d"), ("42", "#b45309")]
    texts = [each.text for each in svg.iter(f"{name}text")]
    assert {"30 March", "4", "2", "For information"} <= set(texts)
    assert svg.find(f"{name}title").text == "Title & all"
    assert svg.find(f"{name}desc").text == "<b>"
    assert not [each for each in svg.iter() if set(each.attrib) & {"style", "class", "href"}]


def test_one_scale_holds_for_all_days():
    quiet, busy = (1,) + (0,) * 23, (10,) + (0,) * 23
    svg = ET.fromstring(chart([Day("a", quiet, (0,) * 24), Day("b", busy, (0,) * 24)], WORDS))
    bars = [each for each in svg.iter() if each.get("width") == "11"]
    assert [each.get("height") for each in bars] == ["8", "84"]


def test_a_number_of_many_digits_is_smaller():
    moving = (7, 100, 1000) + (0,) * 21
    svg = ET.fromstring(chart([Day("a", moving, (0,) * 24)], WORDS))
    sizes = {each.text: each.get("font-size") for each in svg.iter() if each.text in {"7", "100", "1000"}}
    assert sizes == {"7": "11", "100": "8", "1000": "6"}
