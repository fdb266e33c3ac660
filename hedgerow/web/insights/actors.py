"""Questions for the actors behind a number, from the parameters that name it in an address."""

from typing import Any

from django.http import QueryDict

Query = dict[str, Any]


def insight_actors(query: Query, asked: QueryDict) -> Query:
    """The question for the actors behind a number, as most kinds have it."""
    which: dict[str, Any] = {key: asked[key] for key in ("day", "compare", "status") if asked.get(key)}
    for key in ("series", "interval"):
        if (number := asked.get(key, "")).isdigit():
            which[key] = int(number)
    breakdown = breakdown_of(asked)
    if breakdown is not None:
        which["breakdown"] = breakdown
    return actors_of({"kind": "InsightActorsQuery", "source": query, **which})


def actors_of(source: Query) -> Query:
    """The question for the actors of a source."""
    return {"kind": "ActorsQuery", "source": source}


def breakdown_of(asked: QueryDict) -> str | list[str] | None:
    """The breakdown value that is meant; of several breakdowns a list."""
    return asked.getlist("breakdowns") or asked.get("breakdown")
