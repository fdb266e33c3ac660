"""What a share's token opens over the API: what is shared, and nothing else."""

import json
import re
from functools import cache
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from hedgerow.dashboards.models import Tile
from tests.queries.asking import make_project
from tests.sharing.sharing import Sharer

METHODS = ("get", "post", "put", "patch", "delete")


def visit(path: str, token: str, method: str = "GET", **headers: str) -> HttpResponse:
    """A request without an account."""
    joint = "&" if "?" in path else "?"
    return Client().generic(method, f"{path}{joint}sharing_access_token={token}", headers=headers)


def root(sharer: Sharer) -> str:
    return f"/api/projects/{sharer.api.project.pk}"


def test_a_dashboard_token_opens_the_dashboard_and_the_insights_on_it(sharer: Sharer) -> None:
    shown, other = sharer.insight("Shown"), sharer.insight("Other")
    board = sharer.dashboard(shown)
    token = sharer.share(f"dashboards/{board.pk}")
    found = visit(f"{root(sharer)}/dashboards/{board.pk}/", token)
    assert found.status_code == 200
    assert found.json()["tiles"][0]["insight"]["result"][0]["count"] == 2
    for given in (shown.pk, shown.short_id):
        insight = visit(f"{root(sharer)}/insights/{given}/", token)
        assert insight.status_code == 200
        assert insight.json()["result"][0]["count"] == 2
        assert insight.json()["user_access_level"] is None
    assert visit(f"{root(sharer)}/insights/{other.pk}/", token).status_code == 404
    listed = visit(f"{root(sharer)}/insights/", token).json()
    assert [each["name"] for each in listed["results"]] == ["Shown"]
    assert visit(f"{root(sharer)}/insights/?short_id={other.short_id}", token).json()["results"] == []


def test_a_tile_that_was_taken_off_takes_its_insight_away(sharer: Sharer) -> None:
    insight = sharer.insight()
    board = sharer.dashboard(insight)
    token = sharer.share(f"dashboards/{board.pk}")
    Tile.objects.update(deleted=True)
    assert visit(f"{root(sharer)}/insights/{insight.pk}/", token).status_code == 404
    assert visit(f"{root(sharer)}/insights/", token).json()["count"] == 0


def test_an_insight_on_a_dashboard_is_told_with_the_filters_of_the_dashboard(sharer: Sharer) -> None:
    """Else visitors would learn more than the board shows."""
    insight = sharer.insight()
    only_ada = [{"key": "$browser", "value": "Netscape", "type": "event", "operator": "exact"}]
    board = sharer.dashboard(insight, filters={"properties": only_ada})
    token = sharer.share(f"dashboards/{board.pk}")
    for path in (f"insights/{insight.pk}/", f"insights/{insight.pk}/?filters_override={{}}&from_dashboard=1"):
        assert visit(f"{root(sharer)}/{path}", token).json()["result"][0]["count"] == 0


def test_overrides_of_visitors_count_for_nothing(sharer: Sharer) -> None:
    insight = sharer.insight()
    board = sharer.dashboard(insight)
    token = sharer.share(f"dashboards/{board.pk}")
    override = json.dumps({"properties": [{"key": "$browser", "value": "x", "type": "event", "operator": "exact"}]})
    path = f"{root(sharer)}/dashboards/{board.pk}/?filters_override={override}"
    assert visit(path, token).json()["tiles"][0]["insight"]["result"][0]["count"] == 2
    assert visit(path, token).json()["filters"] == {}


def test_an_insight_token_opens_that_insight_alone(sharer: Sharer) -> None:
    insight, other = sharer.insight(), sharer.insight("Other")
    board = sharer.dashboard(insight)
    token = sharer.share(f"insights/{insight.pk}")
    assert visit(f"{root(sharer)}/insights/{insight.pk}", token).status_code == 200
    assert visit(f"{root(sharer)}/insights/{other.pk}", token).status_code == 404
    assert visit(f"{root(sharer)}/dashboards/{board.pk}", token).status_code == 404
    assert visit(f"/api/projects/{make_project().pk}/insights/{insight.pk}", token).status_code == 404


def test_a_token_reads_and_does_nothing_else(sharer: Sharer) -> None:
    insight = sharer.insight()
    token = sharer.share(f"insights/{insight.pk}")
    for method, path in (("PATCH", f"insights/{insight.pk}/"), ("POST", "insights/"), ("DELETE", "insights/1/")):
        response = visit(f"{root(sharer)}/{path}", token, method)
        assert response.status_code == 401
        assert response.json()["detail"] == "Sharing access token can only be used for GET requests."


def test_a_token_that_opens_nothing_is_refused(sharer: Sharer) -> None:
    insight = sharer.insight()
    place = f"insights/{insight.pk}"
    token = sharer.share(place)
    sharer.change(place, enabled=False)
    for given in (token, "nonsense", "", "%F0%9F%A6%94"):
        response = visit(f"{root(sharer)}/{place}/", given)
        assert (response.status_code, response.json()) == (
            401,
            {
                "type": "authentication_error",
                "code": "authentication_failed",
                "detail": "Sharing access token is invalid.",
                "attr": None,
            },
        )


def test_the_token_of_something_behind_a_password_needs_a_pass(sharer: Sharer) -> None:
    insight = sharer.insight()
    place = f"insights/{insight.pk}"
    token = sharer.share(place, password_required=True)
    made = sharer.password(place)
    path = f"{root(sharer)}/{place}/"
    assert visit(path, token).status_code == 401
    answer = Client().post(f"/shared/{token}", {"password": made["password"]}, content_type="application/json")
    bearer = {"Authorization": f"Bearer {answer.json()['shareToken']}"}
    assert Client().get(path, headers=bearer).status_code == 200
    assert visit(path, token, **bearer).status_code == 200
    assert Client().patch(path, {}, headers=bearer, content_type="application/json").status_code == 401
    assert Client().get(f"{root(sharer)}/insights/{sharer.insight('Other').pk}/", headers=bearer).status_code == 404
    sharer.send("DELETE", place, f"passwords/{made['id']}/")
    assert Client().get(path, headers=bearer).status_code == 401


@cache
def operations() -> list[tuple[str, str]]:
    """All paths and methods of the API's document."""
    document: dict[str, Any] = Client().get("/api/schema/?format=json").json()
    return [(path, method) for path, of_path in document["paths"].items() for method in of_path if method in METHODS]


@pytest.mark.parametrize("password_required", [False, True])
def test_no_other_operation_of_the_api_is_open_to_a_token(sharer: Sharer, password_required: bool) -> None:
    """Every operation is called with a dashboard's token, or its pass: what it opens is what anybody may call."""
    insight = sharer.insight()
    board = sharer.dashboard(insight)
    place = f"dashboards/{board.pk}"
    token = sharer.share(place, password_required=password_required)
    query, headers = f"?sharing_access_token={token}", {}
    if password_required:
        given = sharer.password(place)["password"]
        answer = Client().post(f"/shared/{token}", {"password": given}, content_type="application/json")
        query, headers = "", {"Authorization": f"Bearer {answer.json()['shareToken']}"}
    known = {
        **{"project_id": sharer.api.project.pk, "environment_id": sharer.api.project.pk},
        **{"organization_id": sharer.api.project.organization_id, "insight_id": insight.pk},
        **{"dashboard_id": board.pk, "team_id": sharer.api.project.pk},
    }
    opened = set()
    assert len(operations()) > 200
    for path, method in operations():
        of_board = "/dashboard" in path
        values = {**known, "pk": board.pk if of_board else insight.pk, "id": board.pk if of_board else insight.pk}
        address = re.sub(r"\{(\w+)\}", lambda match, values=values: str(values.get(match[1], 1)), path)
        with_share = Client().generic(method.upper(), address + query, headers=headers)
        if with_share.status_code < 400:
            without = Client().generic(method.upper(), address)
            if without.status_code != with_share.status_code:
                opened.add((method, re.sub(r"/api/(environments|projects)/\{\w+\}", "", path)))
    assert opened == {
        *(("get", f"/insights/{rest}") for rest in ("", "{id}/")),
        ("get", "/dashboards/{id}/"),
        *(("get", path) for path in ("/api/insight/", "/api/insight/{id}/", "/api/dashboard/{id}/")),
    }
