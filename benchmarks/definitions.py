"""The list of property definitions of a project that has 50,000, asked for through the API in the app's own process.

Each question is asked many times; what counts is the time by which nineteen of twenty are answered. The records are on
SQLite, or where `HEDGEROW_DATABASE_URL` says.
"""

import os
import random
import statistics
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from benchmarks.results import Figure

PROPERTIES = 50_000
TIMES = 40
MOST_MILLISECONDS = 100

_WORDS = ["order", "item", "price", "user", "plan", "page", "click", "time", "source", "total", "first", "last", "name"]
_QUESTIONS: dict[str, dict[str, Any]] = {
    "no search": {},
    "a frequent word": {"search": "order"},
    "two words": {"search": "price item"},
    "a letter": {"search": "e"},
    "a label": {"search": "initial referrer"},
    "a rare name": {"search": "order_price_4711"},
    "nothing found": {"search": "nowhere to be found"},
    "not ASCII": {"search": "größe"},
    "a search among those seen on events": {
        "search": "order",
        "event_names": '["purchase", "$pageview"]',
        "filter_by_event_names": "true",
    },
    "seen on events first": {"event_names": '["purchase", "$pageview"]'},
    "the last page": {"offset": PROPERTIES - 100},
    "own verified numbers": {"verified": "true", "is_numerical": "true", "exclude_core_properties": "true"},
}


def measure() -> list[Figure]:
    """Milliseconds of each question."""
    with tempfile.TemporaryDirectory(prefix="hedgerow-bench-") as directory:
        os.environ["HEDGEROW_DATA_DIR"] = directory
        from hedgerow.migrate import migrate_records
        from hedgerow.settings import load_settings

        migrate_records(load_settings(data_dir=Path(directory)))
        path, headers = _make_project()
        return [_figure(name, path, headers, asked) for name, asked in _QUESTIONS.items()]


def _figure(name: str, path: str, headers: dict[str, str], asked: dict[str, Any]) -> Figure:
    from django.test import Client

    client = Client(headers=headers)
    taken = []
    for _ in range(TIMES):
        started = time.perf_counter()
        answer = client.get(path, asked)
        taken.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, answer.content
    return Figure(
        f"property definitions, {PROPERTIES:,}: {name}",
        statistics.quantiles(taken, n=20)[-1],
        "ms",
        MOST_MILLISECONDS,
        at_least=False,
        beside=f"median {statistics.median(taken):.0f} ms, {answer.json()['count']:,} found",
    )


def _make_project() -> tuple[str, dict[str, str]]:
    """The list's path and the headers to ask for it."""
    from hedgerow.organizations.keys import hash_key, make_key, mask_key
    from hedgerow.organizations.models import Membership, Organization, PersonalAPIKey, User
    from hedgerow.projects.models import Project
    from hedgerow.taxonomy.core_properties import CORE_PROPERTIES
    from hedgerow.taxonomy.models import EventProperty, PropertyDefinition

    suffix = uuid.uuid4().hex
    organization = Organization.objects.create(name="Bench")
    project = Project.objects.create(organization=organization, name="Shop")
    user = User.objects.create(email=f"{suffix}@example.com", password="!")
    Membership.objects.create(organization=organization, user=user, level=15)
    key = make_key()
    PersonalAPIKey.objects.create(
        user=user, label="bench", secure_value=hash_key(key), mask_value=mask_key(key), scopes=["*"]
    )
    chance = random.Random(7)
    names = [*CORE_PROPERTIES, "Größe"]
    names += ["_".join([*chance.choices(_WORDS, k=2), str(number)]) for number in range(PROPERTIES - len(names))]
    PropertyDefinition.objects.bulk_create(
        (
            PropertyDefinition(
                project=project,
                name=name,
                property_type=chance.choice(["String", "Numeric"]),
                is_numerical=chance.random() < 0.5,
                verified=chance.random() < 0.02,
                description="What this property is about. " * 3 if chance.random() < 0.2 else None,
                tags=["shop"] if chance.random() < 0.1 else [],
            )
            for name in names
        ),
        batch_size=5_000,
    )
    for event, seen in (("purchase", names[:20_000]), ("$pageview", names[:300]), ("other", names)):
        EventProperty.objects.bulk_create(
            (EventProperty(project=project, event=event, property=name) for name in seen), batch_size=5_000
        )
    return f"/api/projects/{project.pk}/property_definitions/", {"Authorization": f"Bearer {key}"}
