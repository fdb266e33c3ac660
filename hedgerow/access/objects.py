"""The objects that rules can be about."""

from typing import Any

from hedgerow.actions.models import Action
from hedgerow.api.asked import is_whole
from hedgerow.cohorts.models import Cohort
from hedgerow.dashboards.models import Dashboard
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight

_MODELS = {"action": Action, "cohort": Cohort, "dashboard": Dashboard, "insight": Insight}


def find_object(kind: str, project: Project, given: str) -> Any | None:
    """The object of a project that a path names, by its id or, an insight, by its short id; None for no such one."""
    objects = _MODELS[kind]._default_manager.filter(project=project, deleted=False)
    if is_whole(given):
        return objects.filter(pk=int(given)).first()
    return objects.filter(short_id=given).first() if kind == "insight" and "\0" not in given else None
