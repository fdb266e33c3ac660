"""What a funnel may not ask for, each with the sentence that says so."""

from __future__ import annotations

from hedgerow.insights.errors import InsightError
from hedgerow.insights.funnels.request import Exclusion, FunnelsQuery, Step
from hedgerow.insights.series import ActionsNode, EventsNode, GroupNode, series_id

_EXCLUSION_RANGE = "Exclusion event range is invalid."


def check(query: FunnelsQuery) -> None:
    """Raise InsightError if the steps, exclusions or options of a funnel contradict each other."""
    _check_range(query)
    for exclusion in query.options.exclusions or []:
        _check_exclusion(query, exclusion)
    _check_attribution(query)
    _check_optional_steps(query)


def _check_range(query: FunnelsQuery) -> None:
    count = len(query.series)
    if count < 2 and query.view != "steps":
        raise InsightError("A funnel needs at least two steps to show conversion between them.")
    start, end = query.options.funnelFromStep, query.options.funnelToStep
    if start is not None and not 0 <= start <= count - 2:
        raise InsightError(f"funnelFromStep is out of bounds. It must be between 0 and {count - 2}.")
    if end is not None and not 1 <= end <= count - 1:
        raise InsightError(f"funnelToStep is out of bounds. It must be between 1 and {count - 1}.")
    if start is not None and end is not None and end <= start:
        raise InsightError("Funnel step range is invalid. funnelToStep should be greater than funnelFromStep.")


def _check_exclusion(query: FunnelsQuery, exclusion: Exclusion) -> None:
    last = len(query.series) - 1
    if exclusion.funnelFromStep >= exclusion.funnelToStep:
        raise InsightError(f"{_EXCLUSION_RANGE} End of range should be greater than start.")
    if exclusion.funnelFromStep > last:
        raise InsightError(f"{_EXCLUSION_RANGE} Start of range is greater than number of steps.")
    if exclusion.funnelToStep > last:
        raise InsightError(f"{_EXCLUSION_RANGE} End of range is greater than number of steps.")
    if any(_is_same(exclusion, step, or_wider=True) for step in query.series):
        raise InsightError("Exclusion steps cannot contain an event that's part of funnel steps.")
    if query.order == "unordered" and (exclusion.funnelFromStep, exclusion.funnelToStep) != (0, last):
        raise InsightError("Partial Exclusions not allowed in unordered funnels")


def _check_attribution(query: FunnelsQuery) -> None:
    if query.options.breakdownAttributionType != "step":
        return
    step = query.options.breakdownAttributionValue or 0
    if query.order == "unordered" and step != 0:
        raise InsightError("Only the first step can be used for breakdown attribution in unordered funnels")
    if query.series and step >= len(query.series):
        raise InsightError(
            f"breakdownAttributionValue is out of bounds. It must be between 0 and {len(query.series) - 1}."
        )


def _check_optional_steps(query: FunnelsQuery) -> None:
    steps = query.series
    if not any(step.optionalInFunnel for step in steps):
        return
    if query.order == "unordered" or query.view != "steps":
        raise InsightError(
            "Optional funnel steps are only supported in funnels with step order Sequential or Strict and the graph"
            ' type "Conversion Steps".'
        )
    if steps[0].optionalInFunnel:
        raise InsightError("The first step of a funnel cannot be optional.")
    for at, step in enumerate(steps):
        following = next((each for each in steps[at + 1 :] if not each.optionalInFunnel), None)
        if step.optionalInFunnel and following and _is_same(step, following):
            raise InsightError("An optional step cannot be the same as the following required step.")


def _is_same(one: Exclusion | Step, other: Step, *, or_wider: bool = False) -> bool:
    """Whether both are of the same events; with `or_wider` also if the first one takes more of them."""
    if isinstance(one, GroupNode) or isinstance(other, GroupNode):
        return isinstance(one, GroupNode) and isinstance(other, GroupNode) and _members(one) == _members(other)
    if (_kind(one), series_id(one)) != (_kind(other), series_id(other)):
        return False
    return one.filters == other.filters or (or_wider and not one.filters)


def _kind(node: EventsNode | ActionsNode) -> str:
    return node.kind


def _members(node: GroupNode) -> tuple[object, ...]:
    return node.operator, node.nodes, node.filters
