"""What uses a cohort: the project's filter for test accounts, other cohorts, and whatever features say they do.

A feature whose objects can name cohorts calls `tell_of` when its app is ready, with a function that finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from hedgerow.access.objects import hidden_ids
from hedgerow.api.errors import ValidationError
from hedgerow.cohorts.models import Cohort
from hedgerow.cohorts.references import project_graph, users_of

MOST_LISTED: Final = 100
_NAMED_INSIGHTS = 5

Feature = Literal["feature_flags", "insights"]


@dataclass(frozen=True, slots=True)
class Use:
    """An object that names a cohort. `fields` is how it is listed; `keeps` says that the cohort cannot go meanwhile."""

    name: str
    fields: Mapping[str, Any]
    keeps: bool = True


Finder = Callable[[int, Collection[int]], Iterable[Use]]
"""Of a project (by id) and some of its cohorts (by ids), the objects that name any of these."""

_finders: dict[Feature, Finder] = {}


def tell_of(feature: Feature, finder: Finder) -> None:
    """Have the uses of cohorts in a feature found by `finder`; a later call for the same feature replaces it."""
    _finders[feature] = finder


def used_in(cohort: Cohort, user: Any) -> dict[str, dict[str, Any]]:
    """What uses a cohort and may be seen by `user`, by kind of object, at most `MOST_LISTED` of each; flags also
    through other cohorts.
    """
    found = {
        "feature_flags": _uses("feature_flags", cohort, _with_users(cohort)),
        "insights": _uses("insights", cohort, [cohort.pk]),
        "cohorts": _cohorts(cohort),
    }
    unseen = {f"{kind}s": hidden_ids(kind, user, cohort.project) for kind in ("insight", "cohort")}
    return {
        name: _block([use for use in uses if use.fields.get("id") not in unseen.get(name, ())])
        for name, uses in found.items()
    }


def require_unused(cohort: Cohort, user: Any) -> None:
    """Raise ValidationError if a cohort cannot be deleted because something needs it, named as `user` may see it."""
    flags = [use.name for use in _uses("feature_flags", cohort, _with_users(cohort)) if use.keeps]
    if flags:
        raise ValidationError(
            f"This cohort is used in {len(flags)} active feature flag(s): {', '.join(flags)}. "
            "Please remove the cohort from these feature flags before deleting it."
        )
    if names_cohort(cohort.project.test_account_filters, cohort.pk):
        raise ValidationError(
            "This cohort is used in 'Filter out internal and test users' for 1 environment(s): "
            f"{cohort.project.name}. Please remove the cohort from these test account filters before deleting it."
        )
    uses = [use for use in _uses("insights", cohort, [cohort.pk]) if use.keeps]
    insights = _names(uses, hidden_ids("insight", user, cohort.project))
    if insights:
        more = len(insights) - _NAMED_INSIGHTS
        names = ", ".join(insights[:_NAMED_INSIGHTS]) + (f", and {more} more" if more > 0 else "")
        raise ValidationError(
            f"This cohort is used in {len(insights)} insight(s): {names}. "
            "Please remove the cohort from these insights before deleting it."
        )
    cohorts = _names(_cohorts(cohort), hidden_ids("cohort", user, cohort.project))
    if cohorts:
        raise ValidationError(
            f"This cohort is used as criteria in {len(cohorts)} other cohort(s): {', '.join(cohorts)}. "
            "Please remove this cohort from those cohort definitions before deleting it."
        )


def names_cohort(value: object, cohort_id: int) -> bool:
    """Whether a filter or breakdown by the cohort is anywhere in a JSON value."""
    if isinstance(value, list):
        return any(names_cohort(each, cohort_id) for each in value)
    if not isinstance(value, Mapping):
        return False
    if value.get("type") == "cohort" and _is_id(value.get("value", value.get("property")), cohort_id):
        return True
    if value.get("breakdown_type") == "cohort" and _is_id(value.get("breakdown"), cohort_id):
        return True
    return any(names_cohort(each, cohort_id) for each in value.values())


def _is_id(given: object, cohort_id: int) -> bool:
    return any(str(each) == str(cohort_id) for each in (given if isinstance(given, list) else [given]))


def _with_users(cohort: Cohort) -> list[int]:
    return [cohort.pk, *users_of(cohort.project_id, cohort.pk)]


def _uses(feature: Feature, cohort: Cohort, cohort_ids: Collection[int]) -> list[Use]:
    finder = _finders.get(feature)
    return list(finder(cohort.project_id, cohort_ids)) if finder is not None else []


def _cohorts(cohort: Cohort) -> list[Use]:
    naming = [each for each, named in project_graph(cohort.project_id).items() if cohort.pk in named]
    rows = Cohort.objects.filter(pk__in=naming).order_by("pk").values_list("id", "name")
    return [Use(name or f"Cohort {pk}", {"id": pk, "name": name}) for pk, name in rows]


def _names(uses: Iterable[Use], unseen: Collection[int]) -> list[str]:
    return ["one you cannot see" if use.fields.get("id") in unseen else use.name for use in uses]


def _block(uses: list[Use]) -> dict[str, Any]:
    return {
        "results": [dict(use.fields) for use in uses[:MOST_LISTED]],
        "total": len(uses),
        "has_more": len(uses) > MOST_LISTED,
    }
