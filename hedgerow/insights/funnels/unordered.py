"""The attempts of unordered funnels: at each event that performs a step, when each step is next done from there on."""

from __future__ import annotations

from hedgerow.hogql import ast
from hedgerow.insights.funnels.exclusions import next_exclusion, next_of
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.funnels.histories import arrays, carried
from hedgerow.insights.tree import (
    call,
    choice,
    column,
    compared,
    is_not_zero,
    member,
    minus,
    number,
    over,
    plus,
    row,
    select_from,
)

_TIME, _STEP, _NEXT = column("time"), column("step"), column("next")
_OLDEST = column("oldest")
_MANY_STEPS = 32
"""More than any funnel has."""
_NEVER = (1 << 31) - 1
"""More than any key."""


def unordered_attempts(funnel: Funnel, source: ast.SelectQuery) -> ast.SelectQuery:
    """One row per actor with `attempts`, tuples of `unordered_slots`; times after the window are 0.

    `source` has the arrays of histories and the next exclusions.
    """
    exclusions = [next_exclusion(at) for at in range(len(funnel.exclusions))]
    if not funnel.are_exclusive:
        performed = [_performed(funnel) if name == "steps" else name for name in arrays(funnel)]
        source = select_from(source, [*carried(funnel), *performed, *exclusions])
    nexts = [
        ast.Alias(_next(step, array), f"next_{name}_{step}")
        for name, array in [("time", "times"), *([("position", "positions")] if funnel.finds_events else [])]
        for step in _steps(funnel)
    ]
    values = ["values"] if funnel.attribution == "step" else []
    source = select_from(source, [*carried(funnel), "times", "steps", *exclusions, *values, *nexts])

    arguments = ["time", *unordered_slots(funnel)[:-1]]
    members = [_in_window(funnel, column(name)) if name.startswith("time_") else column(name) for name in arguments[1:]]
    attempt = row(*members, _TIME)
    from_arrays = [column(_array(name)) for name in arguments]
    all_attempts = over("arrayMap", arguments, attempt, *from_arrays)
    begun = over("arrayFilter", ["attempt", "step"], is_not_zero(_STEP), all_attempts, column("steps"))
    return select_from(source, [*carried(funnel), ast.Alias(begun, "attempts")])


def unordered_slots(funnel: Funnel) -> list[str]:
    """What the tuples are made of: the times of the steps, whatever else is known, and the beginning."""
    exclusions = [next_exclusion(at) for at in range(len(funnel.exclusions))]
    value = ["value"] if funnel.attribution == "step" else []
    positions = [f"position_{step}" for step in _steps(funnel)] if funnel.finds_events else []
    return [*(f"time_{step}" for step in _steps(funnel)), *exclusions, *value, *positions, "start"]


def _steps(funnel: Funnel) -> range:
    return range(1, funnel.count + 1)


def _array(slot: str) -> str:
    """The array in which the value of a slot stands at the event's place."""
    if slot in ("time", "value"):
        return f"{slot}s"
    return f"next_{slot}" if slot.startswith(("time_", "position_")) else slot


def _next(step: int, array: str) -> ast.Expr:
    """At each place the member of an array at the next place of a step."""
    is_step = compared(_STEP, "==", number(step))
    return next_of(
        over("arrayMap", ["next", "step"], choice(is_step, _NEXT, number(0)), column(array), column("steps"))
    )


def _in_window(funnel: Funnel, time: ast.Expr) -> ast.Expr:
    return choice(compared(minus(time, _TIME), "<=", number(funnel.window)), time, number(0))


def _performed(funnel: Funnel) -> ast.Alias:
    """Which step each event performs, found by going through the events: of those it can the one done longest ago.

    On the way there is a key for each step: the ordinal of the place that performed it last, and below that the lower
    the higher the step. The least key of the event's steps tells the step, which then gets a new key.
    """
    last = funnel.count + 1
    keys = [_state(step) for step in _steps(funnel)]
    of_event = [choice(call("bitTest", column("mask"), number(at)), key, number(_NEVER)) for at, key in enumerate(keys)]
    oldest = call("least", *of_event) if len(of_event) > 1 else of_event[0]
    below = ast.ArithmeticOperation(oldest, number(_MANY_STEPS), "%")
    ordinal = plus(call("length", _state(last)), number(1))
    renewed = plus(ast.ArithmeticOperation(ordinal, number(_MANY_STEPS), "*"), below)
    renewals = [choice(compared(key, "==", oldest), renewed, key) for key in keys]
    start = row(
        *(_whole(number(funnel.count - step)) for step in _steps(funnel)),
        ast.Array([_whole(number(0))]),
    )
    masks = over(
        "arrayMap",
        ["mask", "step"],
        choice(is_not_zero(_STEP), column("mask"), number(0)),
        column("masks"),
        column("steps"),
    )
    folded = call(
        "arrayFold",
        ast.Lambda(["state", "mask"], row(*renewals, call("arrayPushBack", _state(last), oldest))),
        masks,
        start,
    )
    step = minus(number(funnel.count), ast.ArithmeticOperation(_OLDEST, number(_MANY_STEPS), "%"))
    chosen = choice(compared(_OLDEST, "==", number(_NEVER)), number(0), step)
    return ast.Alias(over("arrayMap", ["oldest"], chosen, call("arrayPopFront", member(folded, last))), "steps")


def _state(at: int) -> ast.Expr:
    return member(column("state"), at)


def _whole(value: ast.Expr) -> ast.Expr:
    # The fold wants its state to keep its type, which for small numbers would begin as a narrower one.
    return call("toInt", value)
