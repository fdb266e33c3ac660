"""The attempts of each actor: from each event that can begin the funnel, how far the actor came.

An attempt begins at an event of the first step and goes on at the next event of the next step, and so on, as long as
no more than the window has passed since its beginning.

- In an ordered funnel other events may happen in between. From a step before optional ones the attempt goes on at the
  next event of any step up to the next required one.
- In a strict funnel the very next event decides: the attempt goes on if it performs the next step, stays if it
  performs the attempt's step again, and is over otherwise.
- In an unordered funnel the steps count by the times at which they were first done after the beginning, whichever
  they are; the beginning is an event of any step. There an event that could perform several steps performs the one
  that was done longest ago, of these the last.

An attempt is excluded when an excluding event happened after the exclusion's first step and before (or at the same
instant as) the step it ends at or, if that was not reached, before the end of the window.
"""

from __future__ import annotations

from collections.abc import Sequence

from hedgerow.hogql import ast
from hedgerow.insights.funnels.funnel import Excluding, Funnel
from hedgerow.insights.funnels.histories import arrays, histories, keys
from hedgerow.insights.funnels.tree import (
    call,
    choice,
    column,
    compared,
    every,
    is_not_zero,
    member,
    minus,
    number,
    over,
    plus,
    row,
    select_from,
    some,
)

_TIME, _STEP, _PATH, _FOLLOWING, _ATTEMPT = (column(name) for name in ("time", "step", "path", "following", "attempt"))


def attempts(funnel: Funnel) -> ast.SelectQuery:
    """One row per actor with the `keys`, `touched` where there is one, and `attempts`: an array of tuples.

    A tuple has the time of each step (0 where not done), the furthest step (for an unordered funnel the number of
    steps done), whether the attempt is excluded (1 or 0) and, with attribution by step, the breakdown value.
    """
    found = _with_exclusions(funnel, histories(funnel))
    if funnel.order == "unordered":
        found, slots = _unordered(funnel, found)
    else:
        found, slots = _ordered(funnel, found)
    in_window = select_from(found, [*carried(funnel), ast.Alias(_in_window(funnel, slots), "attempts")])
    return select_from(in_window, [*carried(funnel), ast.Alias(_judged(funnel), "attempts")])


def carried(funnel: Funnel) -> list[str]:
    """The columns beside the attempts."""
    return [*keys(funnel), *(["touched"] if funnel.attribution in ("first_touch", "last_touch") else [])]


def reached(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """How far an attempt came."""
    return member(attempt, funnel.count + 1)


def is_excluded(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """1 if the attempt is excluded, else 0."""
    return member(attempt, funnel.count + 2)


def attributed(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """The breakdown value of an attempt, with attribution by step."""
    return member(attempt, funnel.count + 3)


def _with_exclusions(funnel: Funnel, source: ast.SelectQuery) -> ast.SelectQuery:
    """For each exclusion an array with the time of its next event, 0 where there is none."""
    if not funnel.exclusions:
        return source
    columns: list[str | ast.Alias] = [*carried(funnel), *arrays(funnel)]
    for at in range(len(funnel.exclusions)):
        excludes = call("bitTest", column("bits"), number(at))
        times = over(
            "arrayMap",
            ["time", "bits"],
            choice(excludes, _TIME, number(0)),
            column("times"),
            column("excluded"),
        )
        columns.append(ast.Alias(_next(times), _exclusion(at)))
    return select_from(source, columns)


def _next(times: ast.Expr) -> ast.Expr:
    return over("arrayReverseFill", ["time"], is_not_zero(_TIME), times)


def _exclusion(at: int) -> str:
    return f"exclusion_{at}"


# Ordered and strict


def _ordered(funnel: Funnel, source: ast.SelectQuery) -> tuple[ast.SelectQuery, list[str]]:
    """From the last step to the first, the path that begins at each place; those of the first step are the attempts."""
    kept = [*carried(funnel), *arrays(funnel), *(_exclusion(at) for at in range(len(funnel.exclusions)))]
    slots: list[str] = []
    for step in range(funnel.count, 0, -1):
        new, array_names = _new_slots(funnel, step)
        paths = _paths(funnel, step, new, array_names, len(slots))
        source = select_from(source, [*kept, ast.Alias(paths, "paths")])
        slots = [*new, *slots]
    begun = over("arrayFilter", ["path", "step"], compared(_STEP, "==", number(1)), column("paths"), column("steps"))
    return select_from(source, [*carried(funnel), ast.Alias(begun, "attempts")]), slots


def _new_slots(funnel: Funnel, step: int) -> tuple[list[str], list[str]]:
    """What an event adds to a path by performing a step, and the arrays it is found in."""
    slots, names = [f"time_{step}"], ["times"]
    for at, exclusion in enumerate(funnel.exclusions):
        if exclusion.first == step:
            slots.append(_exclusion(at))
            names.append(_exclusion(at))
    if funnel.attribution == "step" and funnel.attributed_step == step:
        slots.append("value")
        names.append("values")
    return slots, names


def _paths(funnel: Funnel, step: int, new: list[str], names: list[str], length: int) -> ast.Expr:
    """For each place of this step its path; for those of steps that may be gone to instead, the path they had."""
    added = [column(f"new_{at}") for at in range(len(new))]
    zeros = [_nothing(funnel, slot) for slot in new]
    lambda_names = ["step", *(each.chain[0] for each in added)]
    lambda_arrays: list[ast.Expr] = [column("steps"), *(column(name) for name in names)]
    if not length:
        path = choice(compared(_STEP, "==", number(step)), row(*added), row(*zeros))
        return over("arrayMap", lambda_names, path, *lambda_arrays)
    nothing = row(*zeros, *(_nothing(funnel, slot) for slot in _later_slots(funnel, step)))
    instead = [each for each in funnel.after(step - 1) if each != step] if step > 1 else []
    otherwise: ast.Expr = nothing
    if instead:
        stays = row(*zeros, *(member(_PATH, at) for at in range(1, length + 1)))
        otherwise = choice(some([compared(_STEP, "==", number(each)) for each in instead]), stays, nothing)
        lambda_names, lambda_arrays = [*lambda_names, "path"], [*lambda_arrays, column("paths")]
    goes_on = row(*added, *(member(_FOLLOWING, at) for at in range(1, length + 1)))
    path = choice(compared(_STEP, "==", number(step)), goes_on, otherwise)
    return over("arrayMap", [*lambda_names, "following"], path, *lambda_arrays, _following(funnel, step))


def _later_slots(funnel: Funnel, step: int) -> list[str]:
    return [slot for later in range(step + 1, funnel.count + 1) for slot in _new_slots(funnel, later)[0]]


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


# Unordered


def _unordered(funnel: Funnel, source: ast.SelectQuery) -> tuple[ast.SelectQuery, list[str]]:
    """At each place that performs a step, the times at which each step is next done, from the first on."""
    if not funnel.are_exclusive:
        performed = [_performed(funnel) if name == "steps" else name for name in arrays(funnel)]
        exclusions = [_exclusion(at) for at in range(len(funnel.exclusions))]
        source = select_from(source, [*carried(funnel), *performed, *exclusions])
    extra = [_exclusion(at) for at in range(len(funnel.exclusions))]
    values = ["values"] if funnel.attribution == "step" else []
    next_names = [f"next_{step}" for step in range(1, funnel.count + 1)]
    nexts = [
        ast.Alias(
            _next(
                over(
                    "arrayMap",
                    ["time", "step"],
                    choice(compared(_STEP, "==", number(step)), _TIME, number(0)),
                    column("times"),
                    column("steps"),
                )
            ),
            next_names[step - 1],
        )
        for step in range(1, funnel.count + 1)
    ]
    source = select_from(source, [*carried(funnel), "times", "steps", *extra, *values, *nexts])
    done = over(
        "arrayFilter",
        ["moment"],
        ast.And(
            [
                is_not_zero(column("moment")),
                compared(minus(column("moment"), _TIME), "<=", number(funnel.window)),
            ]
        ),
        ast.Array([column(f"at_{name}") for name in next_names]),
    )
    in_order = over(
        "arrayMap",
        ["time", *(f"at_{name}" for name in next_names)],
        call("arrayResize", call("arraySort", done), number(funnel.count), number(0)),
        column("times"),
        *(column(name) for name in next_names),
    )
    source = select_from(source, [*carried(funnel), "steps", *extra, *values, ast.Alias(in_order, "moments")])
    slots = [*(f"time_{step}" for step in range(1, funnel.count + 1)), *extra, *(["value"] if values else [])]
    others = [*extra, *values]
    path = row(
        *(ast.ArrayAccess(column("done"), number(step)) for step in range(1, funnel.count + 1)),
        *(column(f"other_{name}") for name in others),
    )
    paths = over(
        "arrayMap",
        ["done", *(f"other_{name}" for name in others)],
        path,
        column("moments"),
        *(column(name) for name in others),
    )
    begun = over("arrayFilter", ["path", "step"], is_not_zero(_STEP), paths, column("steps"))
    return select_from(source, [*carried(funnel), ast.Alias(begun, "attempts")]), slots


def _performed(funnel: Funnel) -> ast.Alias:
    """Which step each event performs, found by going through the events: 0 at all but one place of an event.

    The highest step of an event has its first place: there the event's step is chosen, at its other places none.
    """
    state, event = column("state"), column("event_")
    mask, step = member(event, 1), member(event, 2)
    last_done, chosen = member(state, 1), member(state, 2)
    candidates = over(
        "arrayFilter",
        ["bit"],
        call("bitTest", mask, minus(column("bit"), number(1))),
        call("range", number(1), number(funnel.count + 1)),
    )
    by_age = over(
        "arraySort",
        ["bit"],
        row(ast.ArrayAccess(last_done, column("bit")), minus(number(0), column("bit"))),
        candidates,
    )
    is_highest = ast.And(
        [is_not_zero(step), compared(step, "==", call("arrayMax", call("arrayPushBack", candidates, number(0))))]
    )
    now_chosen = choice(is_highest, ast.ArrayAccess(by_age, number(1)), number(0))
    ordinal = _whole(plus(call("length", chosen), number(1)))
    marked = over(
        "arrayMap",
        ["each", "bit"],
        choice(ast.And([is_not_zero(now_chosen), compared(column("bit"), "==", now_chosen)]), ordinal, column("each")),
        last_done,
        call("range", number(1), number(funnel.count + 1)),
    )
    events = over("arrayMap", ["mask", "step"], row(column("mask"), _STEP), column("masks"), column("steps"))
    zero = _whole(number(0))
    start = row(ast.Array([zero] * funnel.count), call("range", number(0)))
    folded = call(
        "arrayFold",
        ast.Lambda(["state", "event_"], row(marked, call("arrayPushBack", chosen, now_chosen))),
        events,
        start,
    )
    return ast.Alias(member(folded, 2), "steps")


def _whole(value: ast.Expr) -> ast.Expr:
    # The fold wants its state to keep its type, which for small numbers would be a narrower one.
    return call("toInt", value)


# Judging


def _in_window(funnel: Funnel, slots: Sequence[str]) -> ast.Expr:
    """The attempts with their times first, those after the window set to 0, then all else."""

    def slot(name: str) -> ast.Expr:
        return member(_ATTEMPT, slots.index(name) + 1)

    beginning = slot("time_1")
    times = []
    for step in range(1, funnel.count + 1):
        time = slot(f"time_{step}")
        in_time = compared(minus(time, beginning), "<=", number(funnel.window))
        times.append(time if step == 1 else choice(in_time, time, number(0)))
    others = [slot(name) for name in _others(funnel)]
    return over("arrayMap", ["attempt"], row(*times, *others), column("attempts"))


def _others(funnel: Funnel) -> list[str]:
    exclusions = [_exclusion(at) for at in range(len(funnel.exclusions))]
    return [*exclusions, *(["value"] if funnel.attribution == "step" else [])]


def _judged(funnel: Funnel) -> ast.Expr:
    times = [member(_ATTEMPT, step) for step in range(1, funnel.count + 1)]
    parts = [part for step in range(funnel.count, 1, -1) for part in (is_not_zero(times[step - 1]), number(step))]
    furthest = call("multiIf", *parts, number(1)) if parts else number(1)
    verdicts = [
        _is_excluded(funnel, exclusion, times, member(_ATTEMPT, funnel.count + 1 + at))
        for at, exclusion in enumerate(funnel.exclusions)
    ]
    excluded = choice(some(verdicts), number(1), number(0)) if verdicts else number(0)
    value: list[ast.Expr] = []
    if funnel.attribution == "step":
        given = member(_ATTEMPT, funnel.count + len(funnel.exclusions) + 1)
        value = [choice(is_not_zero(times[funnel.attributed_step - 1]), given, funnel.no_value)]
    return over("arrayMap", ["attempt"], row(*times, furthest, excluded, *value), column("attempts"))


def _is_excluded(funnel: Funnel, exclusion: Excluding, times: Sequence[ast.Expr], event: ast.Expr) -> ast.Expr:
    parts = [part for time in times[exclusion.last :] for part in (is_not_zero(time), time)]
    end = call("multiIf", *parts, plus(times[0], number(funnel.window)))
    conditions: list[ast.Expr] = [is_not_zero(times[exclusion.first - 1])] if exclusion.first > 1 else []
    return every([*conditions, is_not_zero(event), compared(event, "<=", end)])
