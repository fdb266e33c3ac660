"""Made-up events for load: what a browser SDK sends, with about a dozen properties each."""

import random
import uuid
from collections.abc import Iterator
from typing import Any

import orjson

NAMES = ["$pageview", "$autocapture", "product viewed", "order placed", "search"]
BROWSERS = ["Chrome", "Firefox", "Safari", "Edge"]
COUNTRIES = ["DE", "FR", "GB", "IN", "JP", "US"]


def event(chance: random.Random, people: int) -> dict[str, Any]:
    """One event of one of `people` people."""
    person = chance.randrange(people)
    path = f"/products/{chance.randrange(400)}"
    return {
        "uuid": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "event": chance.choice(NAMES),
        "distinct_id": f"person-{person}",
        "properties": {
            "$current_url": f"https://shop.example.com{path}?utm_source=news",
            "$pathname": path,
            "$host": "shop.example.com",
            "$browser": BROWSERS[person % 4],
            "$browser_version": 120 + person % 10,
            "$os": "Linux",
            "$screen_width": 1920,
            "$session_id": f"0199-session-{person}-{chance.randrange(4)}",
            "$lib": "web",
            "country": COUNTRIES[person % 6],
            "price": chance.randrange(100, 20_000) / 100,
            "signed_in": person % 3 == 0,
        },
    }


def batches(token: str, count: int, size: int, seed: int, people: int = 20_000) -> Iterator[bytes]:
    """`count` bodies for `/batch/` of `size` events each; no uuid occurs twice for one seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield orjson.dumps({"api_key": token, "batch": [event(chance, people) for _ in range(size)]})


def singles(token: str, count: int, seed: int, people: int = 20_000) -> Iterator[bytes]:
    """`count` bodies for `/i/v0/e/` of one event each."""
    chance = random.Random(seed)
    for _ in range(count):
        yield orjson.dumps({"api_key": token, **event(chance, people)})
