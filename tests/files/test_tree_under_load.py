"""Many changes of one tree at the same time, on a running server."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from hedgerow.files import paths
from tests.serving import Server

WORKERS = 6
CHANGES = 20
NAMES = ["a", "b", r"c\/d"]


class Worker:
    """Changes the tree at random: in `keep` nothing is deleted, in `churn` anything may be."""

    def __init__(self, server: Server, number: int) -> None:
        self.url = f"/api/projects/{server.project_id}"
        self.api = httpx.Client(base_url=server.url, headers=dict(server.api.headers), timeout=60)
        self.random = random.Random(number)
        self.number = number
        self.kept: list[str] = []
        self.statuses: Counter[int] = Counter()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The body of the answer, which may say that something has just been moved or deleted by another."""
        answer = self.api.request(method, f"{self.url}/{path}", json=body)
        self.statuses[answer.status_code] += 1
        assert answer.status_code in (200, 201, 204, 400, 404), answer.text
        return answer.json() if answer.status_code in (200, 201) else None

    def path(self, area: str) -> str:
        """Somewhere in an area."""
        return "/".join([area, *self.random.choices(NAMES, k=self.random.randint(1, 3))])

    def work(self) -> None:
        """All changes, one after the other."""
        for step in range(CHANGES):
            area = self.random.choice(["keep", "churn"])
            self.random.choice([self.make, self.make, self.put_elsewhere, self.put_elsewhere, self.make_and_delete])(
                area, f"{self.number}-{step}"
            )
        self.api.close()

    def make(self, area: str, ref: str) -> None:
        """A file with a name of its own, or an action."""
        if area == "churn":
            self.call("POST", "actions/", {"name": ref, "steps": [], "_create_in_folder": self.path(area)})
        elif self.call("POST", "file_system/", {"path": f"{self.path(area)}/{ref}", "type": "doc", "ref": ref}):
            self.kept.append(ref)

    def put_elsewhere(self, area: str, ref: str) -> None:
        """Anything there is in the area, folder or not."""
        entry = self.any_entry(area)
        if entry is not None:
            path = self.path(area)
            path = path if entry["type"] == "folder" else f"{path}/{ref}"
            verb = self.random.choice(["move", "move", "link" if area == "churn" else "move"])
            self.call("POST", f"file_system/{entry['id']}/{verb}", {"new_path": path})

    def make_and_delete(self, area: str, ref: str) -> None:
        """Delete something if that is allowed here, and sometimes take it back."""
        entry = self.any_entry("churn")
        if entry is not None:
            gone = self.call("DELETE", f"file_system/{entry['id']}/")
            if gone and self.random.random() < 0.5:
                self.call("POST", "file_system/undo_delete", {"items": gone["deleted"]})

    def any_entry(self, area: str) -> Any:
        """One of those beneath an area."""
        found = self.call("GET", f"file_system/?parent={area}&limit=1000")["results"]
        return self.random.choice(found) if found else None


def test_the_tree_stays_whole_when_many_change_it(server: Server) -> None:
    workers = [Worker(server, number) for number in range(WORKERS)]

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(worker.work) for worker in workers]:
            done.result()

    base = f"/api/projects/{server.project_id}"
    entries = server.api.get(f"{base}/file_system/?limit=10000").json()["results"]
    folders = Counter(each["path"] for each in entries if each["type"] == "folder")
    assert set(folders.values()) == {1}
    for each in entries:
        assert each["depth"] == paths.depth(each["path"])
        assert set(paths.folders_of(each["path"])) <= folders.keys()
    kept = Counter(each["ref"] for each in entries if each["type"] == "doc" and not each["shortcut"])
    assert kept == Counter(ref for worker in workers for ref in worker.kept)
    actions = [str(each["id"]) for each in server.api.get(f"{base}/actions/").json()["results"]]
    filed = Counter(each["ref"] for each in entries if each["type"] == "action" and not each["shortcut"])
    assert filed == Counter(actions)
    links = {each["ref"] for each in entries if each["type"] == "action" and each["shortcut"]}
    assert links <= set(actions)
    assert sum((worker.statuses for worker in workers), Counter())[200] > WORKERS * CHANGES
    assert server.api.get(f"{base}/file_system/unfiled").json() == {"count": 0}
