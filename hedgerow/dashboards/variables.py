"""Variables of SQL insights: what stands for `{variables.name}` in a question until somebody gives a value."""

import re
from typing import Any

from hedgerow.dashboards.models import Variable
from hedgerow.projects.models import Project

LONGEST_NAME = 400

_DEFAULTS = "_defaults_of_variables"
_NOT_IN_CODE = re.compile(r"[^a-zA-Z0-9\s_]")


def code_name_of(name: str) -> str:
    """What a variable is called in questions: its name in lower case, with `_` for spaces and without signs."""
    return "_".join(_NOT_IN_CODE.sub("", name).split()).lower()


def with_defaults(project: Project, query: dict[str, Any]) -> dict[str, Any]:
    """The query with the defaults of its variables for which it has no value of its own."""
    variables = query.get("variables")
    if not isinstance(variables, dict):
        return query
    ids = {key for key, variable in variables.items() if _has_no_value(variable)}
    if not ids:
        return query
    known = _defaults(project)
    filled = {key: {**variables[key], "value": known[key]} for key in ids if key in known}
    return {**query, "variables": {**variables, **filled}}


def _defaults(project: Project) -> dict[str, Any]:
    """The defaults of all variables by id, read once for the many questions of a dashboard."""
    known: dict[str, Any] | None = project.__dict__.get(_DEFAULTS)
    if known is None:
        rows = Variable.objects.filter(project=project).values_list("pk", "default_value")
        known = project.__dict__[_DEFAULTS] = {str(pk): value for pk, value in rows}
    return known


def _has_no_value(variable: Any) -> bool:
    return isinstance(variable, dict) and variable.get("value") is None and not variable.get("isNull")
