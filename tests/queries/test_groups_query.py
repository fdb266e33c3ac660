"""GroupsQuery through the endpoint."""

from typing import Any

import pytest

from hedgerow.hogql.context import ProjectContext
from tests.insights.asking import store_group
from tests.queries.asking import Api, make_api, make_project


def store(api: Api, key: str, index: int = 0, **properties: Any) -> None:
    store_group(api.store, ProjectContext(team_id=api.project.pk), index, key, properties)


def rows(api: Api, **fields: Any) -> list[list[Any]]:
    query = {"kind": "GroupsQuery", "group_type_index": 0, **fields}
    found: list[list[Any]] = api.answer(query, refresh="force_blocking")["results"]
    return found


@pytest.fixture
def groups(api: Api) -> Api:
    """Three organizations and a group of another type."""
    store(api, "acme", name="Acme 100%", plan="pro", seats=5)
    store(api, "globex", name="Globex", plan="free", seats=12)
    store(api, "id:3", plan="pro")
    store(api, "berlin", index=1, name="Acme in Berlin")
    return api


def test_names_and_keys_the_newest_first(groups: Api) -> None:
    answer = groups.answer({"kind": "GroupsQuery", "group_type_index": 0})
    assert answer["kind"] == "GroupsQuery"
    assert answer["columns"] == ["group_name", "key"]
    assert answer["results"] == [["id:3", "id:3"], ["Globex", "globex"], ["Acme 100%", "acme"]]
    assert len(answer["types"]) == 2
    assert (answer["limit"], answer["offset"], answer["hasMore"]) == (100, 0, False)
    assert groups.answer({"kind": "GroupsQuery", "group_type_index": 4})["results"] == []


def test_columns_are_hogql(groups: Api) -> None:
    found = rows(groups, select=["key", "properties.plan -- Plan", "upper(key)"], orderBy=["toFloat(properties.seats)"])
    assert found == [["acme", "pro", "ACME"], ["globex", "free", "GLOBEX"], ["id:3", "pro", "ID:3"]]
    assert rows(groups, select=["properties.plan", "count()"]) == [["pro", 2], ["free", 1]]


def test_search_goes_through_names_and_keys(groups: Api) -> None:
    assert rows(groups, search="ACME") == [["Acme 100%", "acme"]]
    assert rows(groups, search="0%") == [["Acme 100%", "acme"]]
    assert rows(groups, search="%") == [["Acme 100%", "acme"]]
    assert rows(groups, search="ID:") == [["id:3", "id:3"]]
    assert rows(groups, search="nobody") == []


def test_groups_can_be_narrowed_by_their_properties(groups: Api) -> None:
    plan = {"key": "plan", "type": "group", "group_type_index": 0, "value": "pro"}
    assert rows(groups, properties=[plan]) == [["id:3", "id:3"], ["Acme 100%", "acme"]]
    seats = {"key": "seats", "type": "group", "group_type_index": 0, "value": 6, "operator": "gt"}
    assert rows(groups, properties={"type": "OR", "values": [seats]}) == [["Globex", "globex"]]


def test_order_and_pages(groups: Api) -> None:
    ordered = [["Acme 100%", "acme"], ["Globex", "globex"], ["id:3", "id:3"]]
    assert rows(groups, orderBy=["group_name ASC"]) == ordered
    assert rows(groups, orderBy=["group_name DESC"]) == ordered[::-1]
    assert rows(groups, select=["key"], orderBy=["group_name"]) == [["acme"], ["globex"], ["id:3"]]
    query = {"kind": "GroupsQuery", "group_type_index": 0, "orderBy": ["key"], "limit": 2}
    pages = [groups.answer({**query, "offset": offset}) for offset in (0, 2)]
    assert [row for page in pages for row in page["results"]] == ordered
    assert [page["hasMore"] for page in pages] == [True, False]


def test_mistakes_are_told(groups: Api) -> None:
    assert groups.fault({"kind": "GroupsQuery"})["code"] == "parse_error"
    assert groups.fault({"kind": "GroupsQuery", "group_type_index": 5})["code"] == "parse_error"
    scope = groups.fault({"kind": "GroupsQuery", "group_type_index": 0, "properties": [{"key": "a", "value": "b"}]})
    assert scope["detail"] == "The 'event' property filter does not work in 'group' scope"
    assert "nope" in groups.fault({"kind": "GroupsQuery", "group_type_index": 0, "select": ["nope"]})["detail"]


def test_groups_of_other_projects_stay_unseen(groups: Api) -> None:
    other = make_api(make_project(), groups.store)
    store(other, "acme", name="Theirs")
    assert rows(other) == [["Theirs", "acme"]]
    assert rows(groups, search="theirs") == []
    assert ["Acme 100%", "acme"] in rows(groups)
