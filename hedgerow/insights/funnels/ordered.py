"""The attempts of ordered and strict funnels: from the last step to the first, the path that begins at each place."""

from __future__ import annotations

from hedgerow.hogql import ast
from hedgerow.insights.funnels.exclusions import next_exclusion
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.funnels.histories import arrays, carried
from hedgerow.insights.tree import (
    call,
    choice,
    column,
    compared,
    member,
    minus,
    number,
    over,
    row,
    select_from,
    some,
)

_STEP, _PATH, _FOLLOWING, _ATTEMPT = (column(name) for name in ("step", "path", "following", "attempt"))


def ordered_attempts(funnel: Funnel, source: ast.SelectQuery) -> ast.SelectQuery:
    """One row per actor with `attempts`, tuples of `ordered_slots`; times after the window are 0.

    `source` has the arrays of histories and the next exclusions.
    """
    exclusions = [next_exclusion(at) for at in range(len(funnel.exclusions))]
    kept = [*carried(funnel), *arrays(funnel), *exclusions]
    slots: list[str] = []
    for step in range(funnel.count, 0, -1):
        paths = _paths(funnel, step, len(slots))
        source = select_from(source, [*kept, ast.Alias(paths, "paths")])
        slots = [*_new_slots(funnel, step), *slots]
    begun = over("arrayFilter", ["path", "step"], compared(_STEP, "==", number(1)), column("paths"), column("steps"))
    source = select_from(source, [*carried(funnel), ast.Alias(begun, "attempts")])
    return select_from(source, [*carried(funnel), ast.Alias(_in_window(funnel, slots), "attempts")])


def ordered_slots(funnel: Funnel) -> list[str]:
    """What the tuples are made of: the times of the steps, and whatever else has been found on the way."""
    found = [slot for step in range(1, funnel.count + 1) for slot in _new_slots(funnel, step)]
    return sorted(found, key=lambda slot: not slot.startswith("time_"))


def _new_slots(funnel: Funnel, step: int) -> list[str]:
    """What an event adds to a path by performing a step."""
    slots = [f"time_{step}"]
    slots += [next_exclusion(at) for at, exclusion in enumerate(funnel.exclusions) if exclusion.first == step]
    if funnel.attribution == "step" and funnel.attributed_step == step:
        slots.append("value")
    if funnel.finds_events:
        slots.append(f"position_{step}")
    return slots


def _array(slot: str) -> str:
    """The array in which the value of a slot stands at the event's place."""
    if slot == "value":
        return "values"
    return {"time": "times", "position": "positions"}.get(slot.split("_")[0], slot)


def _paths(funnel: Funnel, step: int, length: int) -> ast.Expr:
    """For each place of this step its path; for those of steps that may be gone to instead, the path they had.

    `length` is that of the paths that follow.
    """
    new = _new_slots(funnel, step)
    added = [column(f"new_{at}") for at in range(len(new))]
    zeros = [_nothing(funnel, slot) for slot in new]
    lambda_names = ["step", *(f"new_{at}" for at in range(len(new)))]
    lambda_arrays: list[ast.Expr] = [column("steps"), *(column(_array(slot)) for slot in new)]
    if not length:
        path = choice(compared(_STEP, "==", number(step)), row(*added), row(*zeros))
        return over("arrayMap", lambda_names, path, *lambda_arrays)
    later = [slot for each in range(step + 1, funnel.count + 1) for slot in _new_slots(funnel, each)]
    nothing = row(*zeros, *(_nothing(funnel, slot) for slot in later))
    instead = [each for each in funnel.after(step - 1) if each != step] if step > 1 else []
    otherwise: ast.Expr = nothing
    if instead:
        stays = row(*zeros, *(member(_PATH, at) for at in range(1, length + 1)))
        otherwise = choice(some([compared(_STEP, "==", number(each)) for each in instead]), stays, nothing)
        lambda_names, lambda_arrays = [*lambda_names, "path"], [*lambda_arrays, column("paths")]
    goes_on = row(*added, *(member(_FOLLOWING, at) for at in range(1, length + 1)))
    path = choice(compared(_STEP, "==", number(step)), goes_on, otherwise)
    return over("arrayMap", [*lambda_names, "following"], path, *lambda_arrays, _following(funnel, step))


def _following(funnel: Funnel, step: int) -> ast.Expr:
    """For each place the path that an attempt at this step would go on with."""
    goes_on = some([compared(_STEP, "==", number(each)) for each in funnel.after(step)])
    if funnel.order != "strict":
        return over("arrayReverseFill", ["path", "step"], goes_on, column("paths"), column("steps"))
    if funnel.are_exclusive:
        decides: ast.Expr = compared(_STEP, "!=", number(step))
        return over("arrayReverseFill", ["path", "step"], decides, column("paths"), column("steps"))
    stays = sum(1 << (each - 1) for each in [step, *funnel.after(step)])
    ends = compared(call("bitAnd", column("mask"), number(stays)), "==", number(0))
    decides = ast.Or([goes_on, ends])
    return over(
        "arrayReverseFill", ["path", "step", "mask"], decides, column("paths"), column("steps"), column("masks")
    )


def _nothing(funnel: Funnel, slot: str) -> ast.Expr:
    return funnel.no_value if slot == "value" else number(0)


def _in_window(funnel: Funnel, slots: list[str]) -> ast.Expr:
    """The attempts with their times first, those after the window set to 0, then all else."""

    def slot(name: str) -> ast.Expr:
        return member(_ATTEMPT, slots.index(name) + 1)

    def in_time(name: str) -> ast.Expr:
        is_in_time = compared(minus(slot(name), slot("time_1")), "<=", number(funnel.window))
        return choice(is_in_time, slot(name), number(0))

    members = [
        in_time(name) if name.startswith("time_") and name != "time_1" else slot(name) for name in ordered_slots(funnel)
    ]
    return over("arrayMap", ["attempt"], row(*members), column("attempts"))
