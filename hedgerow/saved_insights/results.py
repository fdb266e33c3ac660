"""The answer to a saved insight's question, where the insight is looked at.

A failing question never breaks what it is shown in: the result is null then, and `query_status` says why.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError as PydanticError
from rest_framework.exceptions import APIException

from hedgerow.insights.errors import InsightError
from hedgerow.insights.legacy_filters import query_of_filters
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError, query_errors
from hedgerow.queries.known_kinds import WRAPPER_KINDS
from hedgerow.queries.overrides import with_filters, with_variables
from hedgerow.queries.request import FiltersOverride, Refresh, parse_request
from hedgerow.queries.run import Run
from hedgerow.queries.runner import answer, kept_answer
from hedgerow.saved_insights.models import Insight

log = structlog.get_logger(__name__)

RESULT_FIELDS = (
    *("result", "hasMore", "columns", "types", "hogql", "timezone", "is_cached", "last_refresh", "cache_target_age"),
    *("next_allowed_client_refresh", "query_status", "resolved_date_range", "filters_hash"),
)
"""What an answer adds to an insight beside its `query`."""

_ANSWER_NAMES = {"result": "results", "filters_hash": "cache_key"}


def insight_result(
    insight: Insight,
    project: Project,
    *,
    user: User | None = None,
    refresh: str = "force_cache",
    filters_override: Mapping[str, Any] | None = None,
    variables_override: Mapping[str, Any] | None = None,
    reading: Run | None = None,
) -> dict[str, Any]:
    """The answer's fields (`RESULT_FIELDS`), and as `query` the question as it is asked with the overrides merged in.

    `refresh` is a mode of the query endpoint, of which `force_cache` never computes anything; with a `reading_run`
    that needs no reading of the project's records for each insight. What is wrong with the question, or with the
    overrides, is told in `query_status`; nothing is raised.
    """
    query = insight.query
    try:
        with query_errors():
            query = effective_query(insight, filters_override, variables_override)
            if query is None:
                return {"query": None, **_fields({}, project)}
            found = _answer(project, query, user, refresh, reading)
    except (QueryError, InsightError, APIException, PydanticError) as error:
        return {"query": query, **_fields({}, project), "query_status": _failure(project, insight, error)}
    fields = _fields(found, project)
    if found.get("error"):
        fields["query_status"] = _failure(project, insight, QueryError(str(found["error"])))
    return {"query": query, **fields}


def question_of(insight: Insight) -> dict[str, Any] | None:
    """The insight's question as a node, also of one that was saved as filters; None where nothing is asked.

    Raises InsightError for filters that ask nothing that can be answered.
    """
    if insight.query:
        query: dict[str, Any] = insight.query
        return query
    if insight.filters:
        return {"kind": "InsightVizNode", "source": query_of_filters(insight.filters)}
    return None


def effective_query(
    insight: Insight, filters_override: Mapping[str, Any] | None, variables_override: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The question with the overrides merged into its innermost source.

    Raises InsightError, ParseError and pydantic's ValidationError.
    """
    question = question_of(insight)
    if question is None or not (filters_override or variables_override):
        return question
    parse_request({"query": question})
    filters = FiltersOverride.model_validate(filters_override) if filters_override else None
    merged = _merged(question, filters, dict(variables_override or {}))
    parse_request({"query": merged})
    return merged


def _merged(node: dict[str, Any], filters: FiltersOverride | None, variables: dict[str, Any]) -> dict[str, Any]:
    if node.get("kind") in WRAPPER_KINDS and isinstance(node.get("source"), dict):
        return {**node, "source": _merged(node["source"], filters, variables)}
    return with_variables(with_filters(node, filters), variables) if "kind" in node else node


def _answer(
    project: Project, query: dict[str, Any], user: User | None, refresh: str, reading: Run | None
) -> dict[str, Any]:
    if refresh == Refresh.FORCE_CACHE:
        return kept_answer(project, parse_request({"query": query}), reading)
    return answer(project, parse_request({"query": query, "refresh": refresh}), user)


def _fields(found: Mapping[str, Any], project: Project) -> dict[str, Any]:
    fields = {name: found.get(_ANSWER_NAMES.get(name, name)) for name in RESULT_FIELDS}
    return {**fields, "timezone": project.timezone, "is_cached": bool(fields["is_cached"])}


def _failure(project: Project, insight: Insight, error: Exception) -> dict[str, Any]:
    """How a query ended that could not be answered, in the form of those that run in the background."""
    message = str(getattr(error, "detail", error))
    log.info("saved_insight_not_answered", project=project.pk, insight=insight.pk, reason=message)
    times = dict.fromkeys(("start_time", "pickup_time", "end_time", "expiration_time"))
    return {
        "id": None,
        "query_async": False,
        "team_id": project.pk,
        "insight_id": insight.pk,
        "dashboard_id": None,
        "complete": True,
        "error": True,
        "error_message": message,
        "results": None,
        **times,
        "task_id": None,
        "query_progress": None,
        "labels": None,
    }
