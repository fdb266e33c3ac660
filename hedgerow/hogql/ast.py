"""The nodes of a HogQL query.

Trees from text (`parse`) and trees built by code are the same classes. `start` and `end` are offsets in characters of
the text, `end` exclusive, and None in trees built by code. Values stand in `Constant` (or in the limit fields) only.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

ConstantValue = str | int | float | bool | None | date | datetime | UUID


@dataclass(slots=True)
class Node:
    """Anything of a query that has a place in its text."""

    start: int | None = field(default=None, kw_only=True, compare=False, repr=False)
    end: int | None = field(default=None, kw_only=True, compare=False, repr=False)


@dataclass(slots=True)
class Expr(Node):
    """Anything that has a value, and the queries, which may stand where a value does."""


# Values and names


@dataclass(slots=True)
class Constant(Expr):
    """A value; always bound as a parameter. A datetime without a time zone is in the project's."""

    value: ConstantValue


@dataclass(slots=True)
class Field(Expr):
    """A name with its parts: `["timestamp"]`, `["properties", "$browser"]`, `["e", "person", "id"]`, `["*"]`."""

    chain: list[str]


@dataclass(slots=True)
class Placeholder(Expr):
    """`{expr}`: to be replaced before compiling."""

    expr: Expr


@dataclass(slots=True)
class Alias(Expr):
    expr: Expr
    alias: str


# Operations


@dataclass(slots=True)
class ArithmeticOperation(Expr):
    """`op` is one of `+ - * / %`."""

    left: Expr
    right: Expr
    op: str


@dataclass(slots=True)
class CompareOperation(Expr):
    """A comparison; see COMPARISONS for `op`. Missing values compare as in `hedgerow.hogql.comparisons`."""

    left: Expr
    right: Expr
    op: str
    is_null_comparison_style: bool = False


COMPARISONS = frozenset(
    {
        *("==", "!=", "<", "<=", ">", ">="),
        *("like", "not like", "ilike", "not ilike", "=~", "!~", "=~*", "!~*"),
        *("in", "not in", "in cohort", "not in cohort"),
    }
)


@dataclass(slots=True)
class BetweenExpr(Expr):
    expr: Expr
    low: Expr
    high: Expr
    negated: bool = False


@dataclass(slots=True)
class IsDistinctFrom(Expr):
    left: Expr
    right: Expr
    negated: bool = False


@dataclass(slots=True)
class And(Expr):
    exprs: list[Expr]


@dataclass(slots=True)
class Or(Expr):
    exprs: list[Expr]


@dataclass(slots=True)
class Not(Expr):
    expr: Expr


# Calls


@dataclass(slots=True)
class OrderExpr(Node):
    expr: Expr
    order: str = "ASC"
    with_fill: "WithFillExpr | None" = None


@dataclass(slots=True)
class WithFillExpr(Node):
    from_value: Expr | None = None
    to_value: Expr | None = None
    step_value: Expr | None = None


@dataclass(slots=True)
class Call(Expr):
    """`name(params)(args)`; `params` is None when there is one pair of brackets only."""

    name: str
    args: list[Expr] = field(default_factory=list)
    params: list[Expr] | None = None
    distinct: bool = False
    filter_expr: Expr | None = None
    order_by: list[OrderExpr] | None = None


@dataclass(slots=True)
class ExprCall(Expr):
    expr: Expr
    args: list[Expr]


@dataclass(slots=True)
class Lambda(Expr):
    args: list[str]
    expr: Expr


@dataclass(slots=True)
class WindowFrameExpr(Node):
    """`frame_type` is `PRECEDING`, `FOLLOWING` or `CURRENT ROW`; a `frame_value` of None is unbounded."""

    frame_type: str
    frame_value: "int | Expr | None" = None


@dataclass(slots=True)
class WindowExpr(Node):
    partition_by: list[Expr] | None = None
    order_by: list[OrderExpr] | None = None
    frame_method: str | None = None
    frame_start: WindowFrameExpr | None = None
    frame_end: WindowFrameExpr | None = None


@dataclass(slots=True)
class WindowFunction(Expr):
    """`name(params)(args) OVER (…)` or `OVER name`."""

    name: str
    args: list[Expr] = field(default_factory=list)
    params: list[Expr] | None = None
    over_expr: WindowExpr | None = None
    over_identifier: str | None = None


@dataclass(slots=True)
class TypeCast(Expr):
    expr: Expr
    type_name: str


@dataclass(slots=True)
class TryCast(Expr):
    expr: Expr
    type_name: str


# Collections


@dataclass(slots=True)
class Array(Expr):
    exprs: list[Expr]


@dataclass(slots=True)
class Tuple(Expr):
    exprs: list[Expr]


@dataclass(slots=True)
class Dict(Expr):
    items: list[tuple[Expr, Expr]]


@dataclass(slots=True)
class ArrayAccess(Expr):
    """`array[property]`, counting from 1; of JSON the member named `property`."""

    array: Expr
    property: Expr
    nullish: bool = False


@dataclass(slots=True)
class TupleAccess(Expr):
    tuple: Expr
    index: int
    nullish: bool = False


@dataclass(slots=True)
class ArraySlice(Expr):
    array: Expr
    start_expr: Expr | None = None
    end_expr: Expr | None = None


@dataclass(slots=True)
class ColumnsExpr(Expr):
    """`* EXCLUDE (a)` and `COLUMNS(a, b)`."""

    regex: str | None = None
    columns: list[Expr] | None = None
    all_columns: bool = False
    exclude: list[str] | None = None


# Queries


@dataclass(slots=True)
class JoinConstraint(Node):
    expr: Expr
    constraint_type: str = "ON"


@dataclass(slots=True)
class RatioExpr(Node):
    left: Expr
    right: Expr | None = None


@dataclass(slots=True)
class SampleExpr(Node):
    sample_value: RatioExpr
    offset_value: RatioExpr | None = None


@dataclass(slots=True)
class ValuesQuery(Expr):
    rows: list[list[Expr]]


@dataclass(slots=True)
class JoinExpr(Node):
    """A table of FROM and, as a linked list, the tables joined to it."""

    table: "Field | SelectQuery | SelectSetQuery | ValuesQuery | Placeholder"
    alias: str | None = None
    join_type: str | None = None
    constraint: JoinConstraint | None = None
    next_join: "JoinExpr | None" = None
    table_args: list[Expr] | None = None
    table_final: bool | None = None
    sample: SampleExpr | None = None
    column_aliases: list[str] | None = None


@dataclass(slots=True)
class CTE(Node):
    """`cte_type` is `subquery` (`name AS (SELECT …)`) or `column` (`expr AS name`)."""

    name: str
    expr: Expr
    cte_type: str = "subquery"
    columns: list[str] | None = None
    materialized: bool | None = None
    recursive: bool = False


@dataclass(slots=True)
class LimitByExpr(Node):
    n: Expr
    exprs: list[Expr]
    offset_value: Expr | None = None


@dataclass(slots=True)
class SelectQuery(Expr):
    select: list[Expr]
    select_from: JoinExpr | None = None
    where: Expr | None = None
    prewhere: Expr | None = None
    group_by: list[Expr] | None = None
    group_by_mode: str | None = None
    having: Expr | None = None
    qualify: Expr | None = None
    order_by: list[OrderExpr] | None = None
    limit: Expr | None = None
    offset: Expr | None = None
    limit_by: LimitByExpr | None = None
    limit_with_ties: bool = False
    distinct: bool | None = None
    ctes: list[CTE] | None = None
    array_join_op: str | None = None
    array_join_list: list[Expr] | None = None
    window_exprs: dict[str, WindowExpr] | None = None


@dataclass(slots=True)
class SelectSetNode(Node):
    select_query: "SelectQuery | SelectSetQuery"
    set_operator: str


@dataclass(slots=True)
class SelectSetQuery(Expr):
    initial_select_query: "SelectQuery | SelectSetQuery"
    subsequent_select_queries: list[SelectSetNode]
    limit: Expr | None = None
    offset: Expr | None = None


Query = SelectQuery | SelectSetQuery
