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


def test_a_line_of_which_much_changed_counts_once_and_columns_go_by_their_names():
    now = Table(("nights", "name"), {"a": (3, "Anna"), "b": (2, "Bea"), "c": (1, "Cy")})
    marks = compare(BEFORE, now)
    assert marks.changed == {("a", "nights"): 2, ("a", "name"): "Ana"}
    assert marks.count == 1


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
    moving = (7, 42, 100, 1000, 20000) + (0,) * 19
    svg = ET.fromstring(chart([Day("a", moving, (0,) * 24)], WORDS))
    sizes = {each.text: each.get("font-size") for each in svg.iter() if each.text in set(map(str, moving))}
    assert sizes == {"7": "11", "42": "11", "100": "8", "1000": "6", "20000": "6"}


def test_one_person_alone_fills_the_scale_and_one_of_many_is_still_seen():
    for busy, heights in ((1, ["84"]), (500, ["2", "84"])):
        moving = (1,) + (0,) * 22 + (busy if busy > 1 else 0,)
        svg = ET.fromstring(chart([Day("a", moving, (0,) * 24)], WORDS))
        assert [each.get("height") for each in svg.iter() if each.get("width") == "11"] == heights


def test_each_bar_stands_in_its_hour_on_the_line_of_its_day():
    first = Day("30 March", (4,) + (0,) * 23, (2,) + (0,) * 23)
    second = Day("31 March", (0,) * 23 + (1,), (0,) * 24)
    svg = ET.fromstring(chart([first, second], WORDS))

    def drawn(tag, *names):
        return [tuple(each.get(name) for name in names) for each in svg if each.tag.endswith("}" + tag)]

    assert (svg.get("viewBox"), svg.get("width"), svg.get("height")) == ("0 0 762 340", "762", "340")
    assert drawn("rect", "x", "y", "width", "height", "fill") == [
        (None, None, "762", "340", "#ffffff"),
        ("0", "26", "12", "12", "#0b746d"),
        ("150", "26", "12", "12", "#b45309"),
        ("37", "86", "11", "84", "#0b746d"),
        ("50", "128", "11", "42", "#b45309"),
        ("727", "287", "11", "21", "#0b746d"),
    ]
    assert drawn("line", "x1", "y1", "x2", "y2") == [("34", "170", "754", "170"), ("34", "308", "754", "308")]
    texts = {(each.get("x"), each.get("y")): each for each in svg if each.tag.endswith("}text")}
    assert {place: (each.text, each.get("text-anchor")) for place, each in texts.items()} == {
        ("0", "14"): ("For information", "start"),
        ("18", "36"): ("Arrivals", "start"),
        ("168", "36"): ("Departures", "start"),
        ("0", "74"): ("30 March", "start"),
        ("0", "212"): ("31 March", "start"),
        ("42.5", "83"): ("4", "middle"),
        ("55.5", "125"): ("2", "middle"),
        ("732.5", "284"): ("1", "middle"),
        **{("0", below): ("Hour", "start") for below in ("184", "322")},
        **{
            (str(49 + 30 * hour), below): (f"{hour:02d}", "middle")
            for hour in range(24)
            for below in ("184", "322")
        },
    }
    assert {(each.get("font-size"), each.get("font-weight")) for each in texts.values()} == {
        ("11", "400"),
        ("12", "700"),
    }
    assert texts["0", "74"].get("font-size") == "12"
