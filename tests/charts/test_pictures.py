"""Pictures of insights and dashboards: what is in them, what is escaped, and that nothing makes them fail."""

import struct
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest

from hedgerow.charts.drawing import MOST_DRAWN
from hedgerow.charts.markdown import markdown_svg
from hedgerow.charts.naming import with_names
from hedgerow.charts.pictures import KEPT_PICTURES, Drawer, PictureError, board_png, insight_png
from hedgerow.charts.svg import element, fitted, inside, text, text_width, wrapped
from hedgerow.charts.tables import Figure, Table, figures_of, figures_svg, table_of, table_svg
from hedgerow.charts.theme import DARK, LIGHT
from hedgerow.charts.tile import PictureTile
from hedgerow.charts.world import SHAPES_FILE

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
DAYS = ["2026-03-01", "2026-03-02"]
HOSTILE = '</text><script>alert(1)</script> & "quotes" \']]> \x00\x0b\ud800'


def trends(display: str = "ActionsLineGraph", **more: Any) -> dict[str, Any]:
    return {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "trendsFilter": {"display": display}, **more}}


def series(label: str = "$pageview", order: int = 0, **more: Any) -> dict[str, Any]:
    action = {"order": order, "name": label.partition(" - ")[0]}
    return {"label": label, "action": action, "data": [3, 1], "days": DAYS, "labels": DAYS, "count": 4, **more}


def total(value: float, **more: Any) -> dict[str, Any]:
    return {**series(), "data": [], "aggregated_value": value, **more}


def rows(values: list[list[Any]], columns: list[str], types: list[str], **wrapper: Any) -> tuple[Any, Any]:
    query = {"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "query": "SELECT 1"}, **wrapper}
    return query, {"results": values, "columns": columns, "types": list(zip(columns, types, strict=True))}


def words(svg: str) -> list[str]:
    """All texts of a picture, which has to be well-formed."""
    root = ElementTree.fromstring(svg)
    return [each.text or "" for each in root.iter() if each.tag.endswith("text")]


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


RETENTION = {"kind": "RetentionQuery", "retentionFilter": {"period": "Day"}}
RETAINED = [
    {"values": [{"count": 10, "label": "Day 0"}, {"count": 4, "label": "Day 1"}], "date": "2026-03-01T00:00:00Z"},
    {"values": [{"count": 0, "label": "Day 0"}, {"count": 0, "label": "Day 1"}], "date": "2026-03-02T00:00:00Z"},
]
OVERVIEW = [
    {"key": "visitors", "kind": "unit", "value": 1234, "changeFromPreviousPct": 10, "isIncreaseBad": False},
    {"key": "bounce rate", "kind": "percentage", "value": 12.34, "changeFromPreviousPct": 3, "isIncreaseBad": True},
    {"key": "session duration", "kind": "duration_s", "value": None, "changeFromPreviousPct": None},
]
STEPS = [{"order": at, "name": "$pageview", "count": 10 - 5 * at, "average_conversion_time": None} for at in range(2)]
EDGE = {"source": "1_a", "target": "2_b", "value": 3, "average_conversion_time": 1000.0}
COUNTRIES = [total(5, breakdown_value="DE"), total(9, breakdown_value="US")]

ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "line": (trends(), {"results": [series()], "timezone": "Europe/Berlin"}),
    "bars": (trends("ActionsBarValue"), {"result": [total(3, label="a"), total(2, label="b", action=None)]}),
    "pie": (trends("ActionsPie"), {"results": [total(3), total(2, label="b")]}),
    "number": (trends("BoldNumber"), {"results": [total(1234.5)]}),
    "table of series": (trends("ActionsTable"), {"results": [total(3), total(2, label="b")]}),
    "world": (trends("WorldMap"), {"results": COUNTRIES}),
    "funnel": ({"kind": "FunnelsQuery", "series": []}, {"results": STEPS}),
    "retention": (RETENTION, {"results": RETAINED}),
    "paths": ({"kind": "PathsQuery"}, {"results": [EDGE]}),
    "overview": ({"kind": "InsightVizNode", "source": {"kind": "WebOverviewQuery"}}, {"results": OVERVIEW}),
    "rows": rows([[1, "a"], [2, None]], ["id", "name"], ["Int64", "Nullable(String)"]),
    "rows as a line": rows([["2026-03-01", 1]], ["day", "n"], ["Date", "UInt64"], display="ActionsLineGraph"),
    "objects": ({"kind": "SessionsQuery"}, {"results": [{"id": "a", "length": 3}]}),
    "failed": (trends(), {"results": [], "query_status": {"error": True, "error_message": "secret"}}),
    "not computed": (trends(), {"result": None}),
    "empty": (trends(), {"result": []}),
    "of another form": (trends(), {"result": [{"strange": True}, "text"]}),
    "hostile": rows([[HOSTILE, {HOSTILE: [HOSTILE]}]], [HOSTILE, "b"], ["String", "String"]),
    "hostile series": (trends(), {"results": [series(HOSTILE)]}),
}


WANTED = {"insight": {"title": "A", "query": trends(), "response": {"results": [series()]}, "now": NOW.isoformat()}}
OTHER = {"insight": {**WANTED["insight"], "title": "B"}}


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_is_a_picture(answer: str, is_dark: bool) -> None:
    query, response = ANSWERS[answer]

    png = insight_png(HOSTILE, query, response, description=HOSTILE, is_dark=is_dark, now=NOW, scale=1)

    assert size_of(png)[0] == 900


def test_a_board_has_all_tiles_also_those_that_failed_or_have_no_place() -> None:
    tiles = [PictureTile(name, query, response) for name, (query, response) in ANSWERS.items()]
    tiles += [PictureTile("Failed", trends(), None, place=(6, 0, 6, 2)), PictureTile(body=HOSTILE, place=(0, 0, 6, 2))]
    tiles += [PictureTile("Outside", trends(), {"results": [series()]}, place=(40, 2, 40, 1))]

    width, height = size_of(board_png("Everything", tiles, width=1200, scale=0.5, now=NOW))

    assert width == 600
    assert height > len(ANSWERS) * 200
    assert size_of(board_png("Nothing", [], scale=1))[0] == 1440


def test_a_very_tall_board_has_fewer_pixels() -> None:
    tiles = [PictureTile(body="Far below", place=(0, 3_000, 12, 1))]

    width, height = size_of(board_png("Tall", tiles, scale=2))

    assert width * height <= 21_000_000


def test_only_so_many_insights_are_drawn() -> None:
    query, response = ANSWERS["number"]
    tiles = [PictureTile(f"{at}", query, response, place=(0, at, 3, 1)) for at in range(MOST_DRAWN + 1)]

    drawn, cut = board_png("All", tiles[:-1], scale=0.2), board_png("All", tiles, scale=0.2)

    assert size_of(cut)[1] > size_of(drawn)[1]


def test_a_process_that_died_is_started_again() -> None:
    drawer = Drawer()
    first = drawer.draw(WANTED)
    assert drawer._process is not None
    drawer._process.kill()
    drawer._process.join()

    assert drawer.draw(OTHER)[:8] == first[:8]
    drawer.end()


def test_a_process_nobody_wants_pictures_of_ends() -> None:
    drawer = Drawer(idle_seconds=0.1)
    first = drawer.draw(WANTED)
    assert drawer._process is not None
    drawer._process.join(timeout=20)

    assert drawer._process.exitcode == 0
    assert drawer.draw(OTHER)[:8] == first[:8]
    drawer.end()


def test_what_was_drawn_a_moment_ago_is_not_drawn_again() -> None:
    """Only the last pictures are kept."""
    drawer = Drawer()
    first, other = drawer.draw(WANTED), drawer.draw(OTHER)
    assert first != other
    drawer.end()
    assert (drawer.draw(WANTED), drawer._process) == (first, None)
    for number in range(KEPT_PICTURES - 1):
        drawer._keep(bytes([number]), first)
    assert (drawer.draw(WANTED), drawer._process) == (first, None)
    assert drawer.draw(OTHER) == other
    assert drawer._process is not None
    drawer.end()


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    drawer = Drawer(time_limit=0.001)

    with pytest.raises(PictureError, match="too long"):
        drawer.draw(WANTED)
    assert drawer._process is None


def test_one_picture_is_drawn_at_a_time() -> None:
    drawer = Drawer(time_limit=0.01)
    with drawer._turn, pytest.raises(PictureError, match="Other pictures"):
        drawer.draw(WANTED)


def test_the_shapes_of_countries_lie_where_maps_look_for_them() -> None:
    assert SHAPES_FILE.is_file()


def test_texts_are_escaped() -> None:
    svg = text(HOSTILE, 1, 2, 12, "red")

    assert "<script" not in svg
    assert words(svg) == ['</text><script>alert(1)</script> & "quotes" \']]> ']
    assert ElementTree.fromstring(element("a", title='"><b>')).attrib == {"title": '"><b>'}


def test_ids_of_pictures_in_a_picture_are_kept_apart() -> None:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg"><clipPath id="c"/><g clip-path="url(#c)"/><use href="#c"/>'
        '<text>id="c" url(#c)</text></svg>'
    )

    placed = inside(picture, 1, 2, 30, 40, "a")

    assert 'id="a-c"' in placed and 'clip-path="url(#a-c)"' in placed and 'href="#a-c"' in placed
    assert words(placed) == ['id="c" url(#c)']


def test_lines_are_cut_and_wrapped_where_they_would_leave_their_place() -> None:
    long = "The quick brown fox jumps over the lazy dog"

    assert fitted("short", 12, 100) == "short"
    assert fitted(long, 12, 100).endswith("…") and text_width(fitted(long, 12, 100), 12) <= 100
    lines = list(wrapped(long, 12, 100))
    assert " ".join(lines) == long and all(text_width(line, 12) <= 100 for line in lines)
    assert next(wrapped("x" * 100, 12, 100)).endswith("…")


def test_a_bare_number_stands_with_the_one_before() -> None:
    query = trends("BoldNumber")
    compared = [total(1234.5, compare_label="current"), total(1000, compare_label="previous")]

    figures = figures_of(query, {"results": compared})

    assert figures == [Figure("$pageview", "1,234.5", "1,000 in the time before")]
    assert words(figures_svg(figures, 300, 200, LIGHT)) == ["1,234.5", "1,000 in the time before"]
    assert figures_of(query, {"results": [total(1), total(2, label="b")]}) == []


def test_the_overview_of_a_web_site_is_a_row_of_figures() -> None:
    figures = figures_of({"kind": "WebOverviewQuery"}, {"results": OVERVIEW})

    assert figures == [
        Figure("Visitors", "1,234", "+10 %", True),
        Figure("Bounce rate", "12.3 %", "+3 %", False),
        Figure("Session duration", "–", ""),
    ]


def test_a_number_of_sql_is_a_figure() -> None:
    query, response = rows([[7]], ["orders"], ["UInt64"], display="BoldNumber")

    assert figures_of(query, response) == [Figure("orders", "7")]


def test_rows_are_a_table_with_numbers_at_the_right() -> None:
    query, response = rows([[1234, None], [5, {"a": 1}]], ["id", "about"], ["Int64", "String"])

    table = table_of(query, response)

    assert table == Table(["id", "about"], [["1,234", "–"], ["5", '{"a": 1}']], [True, False])
    assert words(table_svg(table, 300, 200, DARK)) == ["id", "about", "1,234", "–", "5", '{"a": 1}']


def test_a_table_that_is_too_large_says_what_is_left_out() -> None:
    many = Table([f"a column {at}" for at in range(20)], [["value"] * 20] * 50, [False] * 20)

    shown = words(table_svg(many, 400, 200, LIGHT))

    assert shown[-1] == "45 more rows and 16 more columns"


def test_retention_is_a_shaded_table() -> None:
    table = table_of(RETENTION, {"results": RETAINED})

    assert table.columns == ["Began", "People", "Day 0", "Day 1"]
    assert table.rows == [
        ["Mean", "", "100 %", "40 %"],
        ["1 Mar 2026", "10", "100 %", "40 %"],
        ["2 Mar 2026", "0", "–", ""],
    ]
    assert table.shades[1, 3] == 0.4


def test_markdown_is_drawn_without_its_marks() -> None:
    body = "# Title\nSome **bold** and `code`, [a link](https://example.com)\n\n- one\n2. two"

    assert words(markdown_svg(body, 600, 400, LIGHT)) == [
        "Title",
        "Some bold and code, a link",
        "•",
        "one",
        "2.",
        "two",
    ]
    assert words(markdown_svg("one\n" * 100, 600, 50, LIGHT)) == ["one", "one"]


def test_events_are_called_what_people_call_them() -> None:
    names = {"$pageview": "Page view"}
    found = [series(), series("$pageview - Chrome"), series("other"), series("$pageview", 1), series("x", 2)]
    found[4]["action"]["custom_name"] = "Mine"

    named = with_names({"kind": "TrendsQuery"}, {"results": found}, names)

    labels = [each["label"] for each in named["results"]]
    assert labels == ["Page view", "Page view - Chrome", "other", "Page view (2)", "Mine"]
    steps = with_names({"kind": "FunnelsQuery"}, {"results": [STEPS]}, names)["results"]
    assert [step["name"] for step in steps[0]] == ["Page view", "Page view"]
