"""What each actor did, in order: one row per actor with arrays that belong together place by place.

A place is an event performing a step (`steps` has the step's number), or an event that excludes or, in a strict funnel,
any other event (`steps` has 0). Times are in microseconds since 1970. An event that can perform several steps takes
as many places, the highest step first: going from place to place, no attempt can use it twice. In an unordered funnel
it takes one, at which `steps` has the lowest step.

Events of the same instant are taken in this order: first those that exclude, then those that perform no step, then
those that perform steps by the lowest step they can perform (then by the fewest and lowest further steps).
"""

from __future__ import annotations

from hedgerow.hogql import ast
from hedgerow.insights.funnels.funnel import EVENTS, TIMESTAMP, Funnel
from hedgerow.insights.operators import TRUE, disjunction
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

EVENT_FIELDS = (("timestamp",), ("uuid",), ("$session_id",), ("$window_id",), ("distinct_id",))
"""What is known of each of the `events`."""

_BITS_BESIDE_TIME = 9
"""How many bits of a whole number microseconds leave, up to the year 2299."""

_EVENT, _ORDINAL, _STEP = column("event_"), column("ordinal"), column("step")


def keys(funnel: Funnel) -> list[str]:
    """The columns that tell rows apart: the actor, and the value where each value has attempts of its own."""
    return ["actor", "value"] if funnel.attribution == "all_events" else ["actor"]


def histories(funnel: Funnel) -> ast.SelectQuery:
    """One row per actor: the columns of `carried(funnel)` and the arrays of `arrays(funnel)`.

    `touched` is the value that attribution by touch finds; `events` are those of the places, see `Funnel.finds_events`.
    """
    if _fits_numbers(funnel):
        return _numbered_histories(funnel)
    places = _exclusive_places(funnel) if funnel.are_exclusive else _shared_places(funnel)
    members = _members(funnel)
    columns = [
        ast.Alias(over("arrayMap", ["place"], member(column("place"), members.index(name) + 1), column("places")), name)
        for name in members
        if name in [*arrays(funnel), *(["values"] if _touches(funnel) else []), "events"]
    ]
    if funnel.finds_events:
        columns.append(ast.Alias(call("arrayEnumerate", column("places")), "positions"))
    found = select_from(places, [*keys(funnel), *columns])
    if not _touches(funnel):
        return found
    touched = ast.Alias(_touched(funnel), "touched")
    return select_from(found, [*(touched if name == "touched" else name for name in carried(funnel)), *arrays(funnel)])


def carried(funnel: Funnel) -> list[str]:
    """The columns of an actor that are not arrays of attempts: `keys`, and `touched` and `events` where needed."""
    return [*keys(funnel), *(["touched"] if _touches(funnel) else []), *(["events"] if funnel.finds_events else [])]


def arrays(funnel: Funnel) -> list[str]:
    """The arrays that are needed: `times`, `steps` and, depending on the funnel, others.

    `masks` have a bit for each step the event can perform, the lowest for the first step; `excluded` has one for each
    exclusion; `values` are those of the breakdown; `positions` count the places from 1.
    """
    names = ["times", "steps"]
    if not funnel.are_exclusive and funnel.order != "ordered":
        names.append("masks")
    if funnel.exclusions:
        names.append("excluded")
    if funnel.attribution == "step":
        names.append("values")
    if funnel.finds_events:
        names.append("positions")
    return names


def _touches(funnel: Funnel) -> bool:
    return funnel.attribution in ("first_touch", "last_touch")


def _has_values(funnel: Funnel) -> bool:
    return funnel.attribution in ("first_touch", "last_touch", "step")


def _members(funnel: Funnel) -> list[str]:
    """What the tuples of `places` are made of; they are sorted as they are."""
    more = [*(["values"] if _has_values(funnel) else []), *(["events"] if funnel.finds_events else [])]
    if funnel.are_exclusive:
        return ["times", "steps", "excluded", *more]
    return ["times", "kind", "lowest", "masks", "ordinal", "down", "steps", "excluded", *more]


def _fits_numbers(funnel: Funnel) -> bool:
    """Whether all there is to know of a place can be one whole number, which takes half the time and memory."""
    is_bare = funnel.attribution != "step" and not funnel.finds_events
    return funnel.are_exclusive and is_bare and _low_bits(funnel) <= _BITS_BESIDE_TIME


def _low_bits(funnel: Funnel) -> int:
    return funnel.count.bit_length() + len(funnel.exclusions)


def _numbered_histories(funnel: Funnel) -> ast.SelectQuery:
    """The same as `histories` from places that are whole numbers: the time, then the step, then what is excluded."""
    low, exclusions = _low_bits(funnel), len(funnel.exclusions)
    parts = [part for at, step in enumerate(funnel.steps, start=1) for part in (step, number(at << exclusions))]
    time = ast.ArithmeticOperation(_time(), number(1 << low), "*")
    place = plus(plus(call("multiIf", *parts, number(0)), _excluded(funnel)), time)
    gathered = [ast.Alias(call("groupArray", place), "unordered")]
    if _touches(funnel):
        gathered += _touching(funnel, place)
    each = column("place")
    members = {
        "times": call("bitShiftRight", each, number(low)),
        "steps": call("bitShiftRight", call("bitAnd", each, number((1 << low) - 1)), number(exclusions)),
        "excluded": call("bitAnd", each, number((1 << exclusions) - 1)),
    }
    touched = ["touched"] if _touches(funnel) else []
    in_order = select_from(
        _per_actor(funnel, *gathered),
        [
            *keys(funnel),
            ast.Alias(_sorted(column("unordered")), "places"),
            *(ast.Alias(_touched_at_once(funnel), name) for name in touched),
        ],
    )
    columns = [ast.Alias(over("arrayMap", ["place"], members[name], column("places")), name) for name in arrays(funnel)]
    return select_from(in_order, [*carried(funnel), *columns])


def _touching(funnel: Funnel, place: ast.Expr) -> list[ast.Alias]:
    """The `moment` at which a value that is not empty touched the actor, and the `values` of all places."""
    value, nothing = _bare_value(funnel)
    counts: ast.Expr = compared(value, "!=", nothing)
    if funnel.order == "strict" or funnel.exclusions:
        counts = ast.And([disjunction(funnel.steps), counts])
    find = "minIf" if funnel.attribution == "first_touch" else "maxIf"
    return [ast.Alias(call(find, place, counts), "moment"), ast.Alias(call("groupArray", value), "values")]


def _touched_at_once(funnel: Funnel) -> ast.Expr:
    """Of the values at `moment` the smallest, or for the last touch the largest."""
    _, nothing = _bare_value(funnel)
    is_found = ast.And([compared(column("place"), "==", column("moment")), compared(column("each"), "!=", nothing)])
    found = over("arrayFilter", ["each", "place"], is_found, column("values"), column("unordered"))
    chosen = call("arrayMin" if funnel.attribution == "first_touch" else "arrayMax", found)
    # Of nothing the engine chooses an empty text or an empty array.
    if len(funnel.breakdowns) == 1:
        return ast.Array([chosen])
    return choice(is_not_zero(call("length", chosen)), chosen, funnel.no_value)


def _bare_value(funnel: Funnel) -> tuple[ast.Expr, ast.Expr]:
    """The value of an event, and what it is where there is none: of one breakdown texts, which are quicker."""
    if len(funnel.breakdowns) == 1:
        return funnel.breakdowns[0], ast.Constant("")
    return ast.Array(list(funnel.breakdowns)), funnel.no_value


def _exclusive_places(funnel: Funnel) -> ast.SelectQuery:
    parts = [part for at, step in enumerate(funnel.steps, start=1) for part in (step, number(at))]
    performed = call("multiIf", *parts, number(0))
    place = row(_time(), performed, _excluded(funnel), *_value(funnel), *_found(funnel))
    return _per_actor(funnel, ast.Alias(_sorted(call("groupArray", place)), "places"))


def _shared_places(funnel: Funnel) -> ast.SelectQuery:
    masks = _bits(funnel.steps)
    event = row(_time(), _lowest(funnel), masks, _excluded(funnel), *_value(funnel), *_found(funnel))
    in_order = _per_actor(funnel, ast.Alias(_sorted(call("groupArray", event)), "ordered"))
    time, lowest, mask, excluded = (member(_EVENT, at) for at in range(1, 5))
    is_other = ast.Or([is_not_zero(excluded), compared(mask, "==", number(0))])
    can_perform = over(
        "arrayFilter", ["bit"], call("bitTest", mask, minus(column("bit"), number(1))), _all_steps(funnel)
    )
    if funnel.order == "unordered":
        # Which step the event performs is chosen later.
        can_perform = choice(is_not_zero(mask), ast.Array([lowest]), call("range", number(0)))
    steps = call("arrayConcat", choice(is_other, ast.Array([number(0)]), call("range", number(0))), can_perform)
    is_step = is_not_zero(_STEP)
    place = row(
        time,
        choice(ast.Or([is_step, compared(excluded, "==", number(0))]), number(1), number(0)),
        choice(is_step, lowest, number(0)),
        # What excludes and performs a step too decides in a strict funnel at its other places only.
        choice(ast.Or([is_step, compared(mask, "==", number(0))]), mask, number((1 << funnel.count) - 1)),
        _ORDINAL,
        minus(number(funnel.count), _STEP),
        _STEP,
        choice(is_step, number(0), excluded),
        *(member(_EVENT, at) for at in range(5, 5 + len(_value(funnel)) + len(_found(funnel)))),
    )
    places = over(
        "arrayMap",
        ["event_", "ordinal"],
        over("arrayMap", ["step"], place, steps),
        column("ordered"),
        call("arrayEnumerate", column("ordered")),
    )
    return select_from(in_order, [*keys(funnel), ast.Alias(_sorted(call("arrayFlatten", places)), "places")])


def _per_actor(funnel: Funnel, *gathered: ast.Alias) -> ast.SelectQuery:
    columns: list[ast.Expr] = [ast.Alias(funnel.actor, "actor")]
    if funnel.attribution == "all_events":
        columns.append(ast.Alias(ast.Array(list(funnel.breakdowns)), "value"))
    begins = disjunction(funnel.steps) if funnel.order == "unordered" else funnel.steps[0]
    return ast.SelectQuery(
        select=[*columns, *gathered],
        select_from=EVENTS,
        where=funnel.events,
        group_by=[column(name) for name in keys(funnel)],
        having=None if begins is TRUE else compared(call("countIf", begins), ">", number(0)),
    )


def _touched(funnel: Funnel) -> ast.Expr:
    """The first or last value that is not empty among the events that perform steps."""
    find = "arrayFirst" if funnel.attribution == "first_touch" else "arrayLast"
    counts = ast.And([is_not_zero(_STEP), compared(column("each"), "!=", funnel.no_value)])
    found = over(find, ["each", "step"], counts, column("values"), column("steps"))
    return choice(
        over("arrayExists", ["each", "step"], counts, column("values"), column("steps")), found, funnel.no_value
    )


def _time() -> ast.Expr:
    return call("toUnixTimestamp64Micro", TIMESTAMP)


def _value(funnel: Funnel) -> list[ast.Expr]:
    return [ast.Array(list(funnel.breakdowns))] if _has_values(funnel) else []


def _found(funnel: Funnel) -> list[ast.Expr]:
    return [row(*(ast.Field(list(each)) for each in EVENT_FIELDS))] if funnel.finds_events else []


def _excluded(funnel: Funnel) -> ast.Expr:
    return _bits([each.events for each in funnel.exclusions])


def _lowest(funnel: Funnel) -> ast.Expr:
    parts = [part for at, step in enumerate(funnel.steps, start=1) for part in (step, number(at))]
    return call("multiIf", *parts, number(0))


def _bits(conditions: tuple[ast.Expr, ...] | list[ast.Expr]) -> ast.Expr:
    """A number with a bit for each condition that holds."""
    total: ast.Expr = number(0)
    for at, condition in enumerate(conditions):
        total = ast.ArithmeticOperation(choice(condition, number(1 << at), number(0)), total, "+")
    return total


def _all_steps(funnel: Funnel) -> ast.Expr:
    return call("range", number(1), number(funnel.count + 1))


def _sorted(array: ast.Expr) -> ast.Expr:
    return call("arraySort", array)
