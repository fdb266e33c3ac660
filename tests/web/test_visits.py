"""Web analytics: tiles, a chart and tables, for the dates in the address."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.queries.asking import make_project
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def visit(visitor: Visitor, person: str, days_ago: int, *paths: str, **properties: Any) -> None:
    """Views of pages in one session, a minute apart."""
    at = TODAY - timedelta(days=days_ago)
    session = f"{person} {days_ago}"
    visitor.events.store_events(
        [
            {
                "event": "$pageview",
                "distinct_id": person,
                "timestamp": at + timedelta(minutes=place),
                "$session_id": session,
                "properties": {"$pathname": path, **properties},
            }
            for place, path in enumerate(paths)
        ]
    )


def part(visitor: Visitor, table: str, **query: Any) -> str:
    """What a tab of a table fetches."""
    headers = {"HX-Request": "true", "HX-Target": table}
    response = visitor.client.get(f"/project/{visitor.project.pk}/web", query, headers=headers)
    assert response.status_code == 200
    return str(response.content.decode())


def test_without_visits_the_page_says_how_to_get_some(visitor: Visitor) -> None:
    text = visitor.text("web")
    assert "No visits in this time" in text
    assert "Connect an SDK" in text


def test_numbers_with_their_change_a_chart_and_tables(visitor: Visitor) -> None:
    visit(visitor, "ann", 1, "/", "/pricing", "/docs", utm_source="mail")
    visit(visitor, "bob", 2, "/docs")
    visit(visitor, "bob", 9, "/docs")
    text = visitor.text("web", range="7d", compare="previous")
    assert '2 <span class="change good">+100 %</span>' in text
    assert "1 min 0 s" in text
    assert '50 % <span class="change good">−50 %</span>' in text
    assert 'id="chart"' in text
    for title in ("Pages", "Sources", "Devices", "Places"):
        assert f">{title}</h2>" in text
    assert 'title="/pricing"' in text
    assert "+100 %" not in visitor.text("web", range="7d", compare="")


def test_a_tab_fetches_its_table_alone(visitor: Visitor) -> None:
    visit(visitor, "ann", 1, "/in", "/out", utm_source="mail", **{"$viewport_width": 1200, "$viewport_height": 800})
    entries = part(visitor, "pages", pages="InitialPage")
    assert 'title="/in"' in entries
    assert 'title="/out"' not in entries
    assert "<html" not in entries
    assert 'title="mail"' in part(visitor, "sources", sources="InitialUTMSource")
    assert 'title="1200 × 800"' in part(visitor, "devices", devices="Viewport")
    assert "No visit in this time tells this" in part(visitor, "places", places="City")
    assert 'title="/out"' in part(visitor, "pages", pages="nonsense")


def test_what_is_chosen_in_one_place_stays_when_another_is_put_in(visitor: Visitor) -> None:
    visit(visitor, "ann", 1, "/in")
    at = f"/project/{visitor.project.pk}/web"

    def pushed(target: str, current: str, **query: str) -> str:
        headers = {"HX-Request": "true", "HX-Target": target, "HX-Current-URL": f"http://testserver{at}?{current}"}
        return str(visitor.client.get(at, query, headers=headers).headers["HX-Push-Url"])

    by_tab = pushed("pages", "range=28d&devices=OS&pages=Page", pages="ExitPage")
    assert by_tab == f"{at}?pages=ExitPage&range=28d&devices=OS"
    by_form = pushed(
        "visits", "range=28d&devices=OS&without-test-accounts=on", range="7d", devices="Browser", compare=""
    )
    assert by_form == f"{at}?range=7d&devices=OS&compare="


def test_places_are_named_from_the_smallest_on(visitor: Visitor) -> None:
    place = {
        "$geoip_country_code": "FR",
        "$geoip_subdivision_1_code": "ARA",
        "$geoip_subdivision_1_name": "Auvergne",
        "$geoip_city_name": "Lyon",
    }
    visit(visitor, "ann", 1, "/", **place)
    assert 'title="FR"' in part(visitor, "places")
    assert 'title="Auvergne, FR"' in part(visitor, "places", places="Region")
    assert 'title="Lyon, FR"' in part(visitor, "places", places="City")


def test_only_the_visitors_people_left_in(visitor: Visitor) -> None:
    visitor.project.test_account_filters = [{"key": "staff", "type": "event", "operator": "is_not", "value": "yes"}]
    visitor.project.save()
    visit(visitor, "ann", 1, "/ours", staff="yes")
    visit(visitor, "bob", 1, "/theirs")
    assert 'title="/ours"' in visitor.text("web")
    assert 'title="/ours"' not in visitor.text("web", **{"without-test-accounts": "on"})


def test_days_are_chosen_and_what_they_lack_is_said(visitor: Visitor) -> None:
    visit(visitor, "ann", 3, "/three")
    visit(visitor, "ann", 5, "/five")
    day = f"{TODAY - timedelta(days=5):%Y-%m-%d}"
    text = visitor.text("web", **{"range": "custom", "from": day, "to": day})
    assert 'title="/five"' in text
    assert 'title="/three"' not in text
    assert "Choose the first day" in visitor.text("web", range="custom")
    assert visitor.get("web", range="nonsense", shown="x", compare="y").status_code == 200


def test_the_page_of_another_organization_is_not_found(visitor: Visitor) -> None:
    other = make_project()
    assert visitor.client.get(f"/project/{other.pk}/web").status_code == 404
