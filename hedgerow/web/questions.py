"""Questions that pages ask of a project's data, through the same door as the API."""

from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import ParseError, Throttled

from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError, QueryFailure
from hedgerow.queries.runner import run_query


@dataclass(frozen=True)
class Answer:
    """The response to a query, or in words why there is none."""

    response: dict[str, Any]
    problem: str = ""

    @property
    def rows(self) -> list[Any]:
        """The results; none when there is a problem."""
        return self.response.get("results") or []


LOOK_BACK = ("-24h", "-30d", "all")
"""How far back to look for the latest events, one after the other until there are some."""


def ask_for_latest(project: Project, query: dict[str, Any]) -> Answer:
    """The answer to a query of events, over the shortest time back in which there are any."""
    answer = Answer({})
    for after in LOOK_BACK:
        answer = ask(project, {**query, "after": after})
        if answer.rows or answer.problem:
            break
    return answer


def ask(project: Project, query: dict[str, Any], user: User | None = None) -> Answer:
    """The answer to a query, computed now: people look at pages to see what has just happened."""
    try:
        return Answer(run_query(project, query, user=user, refresh="force_blocking"))
    except QueryError as error:
        return Answer({}, error.detail)
    except ParseError as error:
        return Answer({}, str(error))
    except Throttled:
        return Answer({}, "Many queries of this project are being computed just now. Please try again in a moment.")
    except QueryFailure:
        return Answer({}, "The numbers could not be computed just now. Please try again in a moment.")
