"""A dashboard on a running server: its stream arrives tile by tile."""

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from tests.serving import Server


def test_the_first_event_arrives_while_later_tiles_are_still_computed(server: "Server") -> None:
    path = f"/api/projects/{server.project_id}/dashboards/"
    board = server.api.post(path, json={"name": "Stream"}).json()
    slow = "SELECT sum(cityHash64(number)) > 0 FROM numbers(400000000)"
    for name, text in (("slow", slow), ("quick", "SELECT 7")):
        query = {"kind": "HogQLQuery", "query": text}
        body = {"name": name, "query": query, "dashboards": [board["id"]]}
        made = server.api.post(f"/api/projects/{server.project_id}/insights/", json=body)
        assert made.status_code == 201, made.text

    url = f"{path}{board['id']}/stream_tiles/?refresh=blocking&format=txt"
    with server.api.stream("GET", url) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        chunks = list(answer.iter_raw())

    assert events(chunks[0])[0]["type"] == "metadata"
    assert b"complete" not in chunks[0]
    told = events(b"".join(chunks))
    assert [each["type"] for each in told] == ["metadata", "tile", "tile", "complete"]
    assert [each["tile"]["insight"]["result"] for each in told[1:3]] == [[[True]], [[7]]]


def events(body: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(each.removeprefix(b"data: ")) for each in body.split(b"\n\n") if each]
