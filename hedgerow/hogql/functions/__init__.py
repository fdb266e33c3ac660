"""The functions a query may call, by family; every other name is refused."""

from collections.abc import Mapping
from functools import lru_cache

from hedgerow.hogql.functions import (
    addresses,
    aggregates,
    containers,
    general,
    json_values,
    mathematics,
    ruled,
    texts,
    times,
    windows,
)
from hedgerow.hogql.functions.aggregates import COMBINATORS, PARAMETRIC
from hedgerow.hogql.functions.table import Function

__all__ = [
    "AGGREGATE",
    "COMBINATORS",
    "PARAMETRIC",
    "RULED",
    "SCALAR",
    "WINDOW",
    "Function",
    "canonical_name",
    "find_aggregate",
]

SCALAR: Mapping[str, Function] = {
    **general.FUNCTIONS,
    **mathematics.FUNCTIONS,
    **times.FUNCTIONS,
    **texts.FUNCTIONS,
    **addresses.FUNCTIONS,
    **json_values.FUNCTIONS,
    **containers.FUNCTIONS,
}
RULED: Mapping[str, Function] = ruled.FUNCTIONS
AGGREGATE: Mapping[str, Function] = aggregates.FUNCTIONS
WINDOW: Mapping[str, Function] = windows.FUNCTIONS

_ANY_CASE = {
    name.lower(): name
    for name in (
        *("not", "and", "or", "if", "ifNull", "nullIf", "coalesce", "concat", "lower", "upper", "length", "substring"),
        *(
            "exists",
            "trim",
            "replace",
            "left",
            "right",
            "position",
            "abs",
            "round",
            "floor",
            "ceil",
            "sqrt",
            "pow",
            "exp",
            "log",
        ),
        *("greatest", "least", "now", "today", "date", "date_trunc", "dateTrunc", "date_add", "date_sub", "dateDiff"),
        *("count", "sum", "avg", "min", "max", "any", "median", "rank", "dense_rank", "row_number", "ntile", "lag"),
        *("lead", "first_value", "last_value", "nth_value"),
    )
}


def canonical_name(name: str) -> str:
    """The name of a function as the tables have it: those every SQL has may be written in any case."""
    return _ANY_CASE.get(name.lower(), name)


@lru_cache(maxsize=1024)
def find_aggregate(name: str) -> tuple[Function, str] | None:
    """An aggregate function and the combinators at the end of its name (`sumIf`, `uniqDistinctIf`, …)."""
    suffix = ""
    base = canonical_name(name)
    while base not in AGGREGATE:
        combinator = next((each for each in COMBINATORS if base.endswith(each)), None)
        if combinator is None or combinator in suffix:
            return None
        suffix = combinator + suffix
        base = base.removesuffix(combinator)
    return AGGREGATE[base], suffix
