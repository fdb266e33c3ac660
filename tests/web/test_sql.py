"""The SQL page: a query in the address, its answer as a table, a chart and a file, and the tables beside it."""

import csv
import io
import json
import re

import pytest

from tests.web.visiting import Visitor


def rows_of(html: str) -> list[list[str]]:
    """The texts of the table's cells."""
    body = html.partition('class="sql-rows"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>") if "<td" in row]


def test_the_page_without_a_query_has_one_to_begin_with(visitor: Visitor) -> None:
    html = visitor.text("sql")
    assert "FROM events" in html and "The answer will be shown here." in html
    assert 'aria-current="page"' in html


def test_a_query_in_the_address_is_answered(visitor: Visitor) -> None:
    visitor.send("paid", price=5)
    visitor.send("paid", price=7)
    html = visitor.text(
        "sql", q="SELECT event, sum(toFloat(properties.price)) AS total, NULL FROM events GROUP BY event"
    )
    assert rows_of(html) == [["paid", "12.0", "null"]]
    assert "<strong>1 row</strong>" in html
    assert "total<span" in html


def test_what_stands_in_rows_is_text(visitor: Visitor) -> None:
    html = visitor.text("sql", q="SELECT '<script>alert(1)</script>' AS `<b>`")
    assert "<script>alert" not in html and "&lt;script&gt;" in html and "&lt;b&gt;" in html


def test_a_mistake_is_told_in_words(visitor: Visitor) -> None:
    html = visitor.text("sql", q="SELECT nope FROM events")
    assert "This query cannot be answered." in html and "Unable to resolve field: nope" in html


def test_more_rows_than_are_given_or_shown(visitor: Visitor) -> None:
    assert "a query without a LIMIT gives 100" in visitor.text("sql", q="SELECT number FROM numbers(200)")
    html = visitor.text("sql", q="SELECT number FROM numbers(2000) LIMIT 1500")
    assert "1,500 rows" in html and "The first 500 are shown." in html
    assert len(rows_of(html)) == 500


def test_rows_as_a_chart(visitor: Visitor) -> None:
    query = "SELECT toDate('2026-01-01') + number AS day, number * 2 AS count FROM numbers(3)"
    html = visitor.text("sql", q=query, show="line")
    found = re.search(r'<script id="chart-specification" type="application/json">(.*?)</script>', html)
    assert found
    specification = json.loads(found.group(1))
    assert specification["mark"]["type"] == "line"
    assert specification["encoding"]["x"]["type"] == "temporal"
    assert [point["value"] for point in specification["data"]["values"]] == [0, 2, 4]
    assert '"bar"' in visitor.text("sql", q="SELECT 'a' AS x, 1 AS y", show="bar")
    assert "There is no chart of this" in visitor.text("sql", q="SELECT 1, 'a'", show="line")


def test_a_sparkline_is_drawn(visitor: Visitor) -> None:
    html = visitor.text("sql", q="SELECT sparkline([1, 3, 2])")
    assert '<polyline points="0.0,19.0 50.0,1.0 100.0,10.0"/>' in html
    assert 'aria-label="1, 3, 2"' in html


def test_the_answer_as_a_file(visitor: Visitor) -> None:
    response = visitor.get("sql.csv", q="SELECT 'a,b' AS text, 1.5 AS n, NULL AS none, '=1+1' AS formula, [1] AS list")
    assert response.status_code == 200
    assert response["Content-Disposition"] == 'attachment; filename="query.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode())))
    assert rows == [["text", "n", "none", "formula", "list"], ["a,b", "1.5", "", "'=1+1", "[1]"]]
    posted = visitor.client.post(f"/project/{visitor.project.pk}/sql.csv", {"q": "SELECT 1 AS one"})
    assert posted.content.decode().split() == ["one", "1"]
    assert visitor.get("sql.csv", q="SELECT nope").status_code == 400


def test_the_link_of_a_query_that_was_run_by_the_form(visitor: Visitor) -> None:
    address = f"/project/{visitor.project.pk}/sql"
    response = visitor.client.post(address, {"q": "SELECT 1", "show": "bar"}, headers={"HX-Request": "true"})
    assert response["HX-Push-Url"] == f"{address}?q=SELECT+1&show=bar"
    long = f"SELECT 1 -- {'x' * 7000}"
    response = visitor.client.post(address, {"q": long}, headers={"HX-Request": "true"})
    assert response.status_code == 200 and response["HX-Push-Url"] == "false"


def test_tables_and_functions_to_choose_from(visitor: Visitor) -> None:
    html = visitor.text("sql")
    for name in ("events", "persons", "sessions", "cohort_people", "query_log"):
        assert f"<summary>{name}</summary>" in html
    assert 'data-insert="timestamp"' in html
    functions = visitor.text("sql/functions")
    assert "toStartOfHour(time)" in functions and "quantile(parameters)(number)" in functions


@pytest.mark.parametrize("page", ["sql", "sql.csv", "sql/functions"])
def test_nobody_else_sees_it(visitor: Visitor, page: str) -> None:
    visitor.client.logout()
    assert visitor.get(page).status_code == 302
