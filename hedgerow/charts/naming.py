"""Names that people read in answers, instead of those of events."""

from collections.abc import Mapping, Sequence
from typing import Any


def with_names(query: Mapping[str, Any], response: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The answer with `names` (by event) in place of the names of events, and series of the same name numbered."""
    kind = query.get("kind")
    if kind in ("TrendsQuery", "StickinessQuery"):
        return {**response, "results": _named_series(response["results"], names)}
    if kind == "FunnelsQuery" and (query.get("funnelsFilter") or {}).get("funnelVizType") in (None, "steps"):
        return {**response, "results": _named_steps(response["results"], names)}
    return dict(response)


def _named_series(results: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    labels = [_label(result, names) for result in results]
    named, owners = [], dict[tuple[str, Any], Any]()
    for result, label in zip(results, labels, strict=True):
        order = (result.get("action") or {}).get("order")
        among = [owner for (name, _), owner in owners.items() if name == label]
        if order not in among:
            owners[label, order] = order
            among.append(order)
        place = among.index(order)
        named.append({**result, "label": f"{label} ({place + 1})" if place else label})
    return named


def _label(result: Mapping[str, Any], names: Mapping[str, str]) -> str:
    label, action = str(result.get("label") or ""), result.get("action") or {}
    name = action.get("name") or ""
    chosen = action.get("custom_name") or names.get(name)
    return f"{chosen}{label.removeprefix(name)}" if chosen and name and label.startswith(name) else label


def _named_steps(results: Sequence[Any], names: Mapping[str, str]) -> list[Any]:
    if results and isinstance(results[0], list):
        return [_named_steps(each, names) for each in results]
    return [{**step, "name": names.get(step.get("name") or "", step.get("name"))} for step in results]
