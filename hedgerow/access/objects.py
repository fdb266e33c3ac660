"""The objects that rules can be about."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from hedgerow.access.rules import hidden
from hedgerow.actions.models import Action
from hedgerow.api.asked import is_whole
from hedgerow.cohorts.models import Cohort
from hedgerow.dashboards.models import Dashboard
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight

M = TypeVar("M", bound=Model)

_MODELS = {"action": Action, "cohort": Cohort, "dashboard": Dashboard, "insight": Insight}


def find_object(kind: str, project: Project, given: str) -> Any | None:
    """The object of a project that a path names, by its id or, an insight, by its short id; None for no such one."""
    objects = _MODELS[kind]._default_manager.filter(project=project, deleted=False)
    if is_whole(given):
        return objects.filter(pk=int(given)).first()
    return objects.filter(short_id=given).first() if kind == "insight" and "\0" not in given else None


def of_seen_objects(rows: QuerySet[M], user: Any, project: Project) -> QuerySet[M]:
    """Those rows of a project (with an `insight` and a `dashboard`, or neither) whose objects the person may see."""
    for name, model in (("dashboard", Dashboard), ("insight", Insight)):
        objects = model._default_manager.filter(project=project)
        rows = rows.exclude(**{f"{name}__in": hidden(objects, user, project)})
    return rows


def not_hidden(objects: QuerySet[M], context: Mapping[str, Any]) -> QuerySet[M]:
    """Without those that a serializer's caller (its context has the `request` and the `project`) may not see."""
    if "request" not in context or "project" not in context:
        return objects  # only the API's description is made
    project = context["project"]
    return objects.exclude(pk__in=hidden(objects.filter(project=project), context["request"].user, project))


def hidden_ids(kind: str, user: Any, project: Project) -> set[int]:
    """The ids of a project's objects of a kind that the person may not see."""
    return set(
        hidden(_MODELS[kind]._default_manager.filter(project=project), user, project).values_list("pk", flat=True)
    )
