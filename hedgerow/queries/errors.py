"""What goes wrong with a query: mistakes of the asker, told with their cause, and failures of ours, told without."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from rest_framework.exceptions import APIException

from hedgerow.eventstore.client import EventStoreError, QueryMemory, QueryTimeout, QueryTooLarge
from hedgerow.eventstore.errors import RESULT_TOO_LARGE
from hedgerow.hogql.errors import HogQLError, QuerySyntaxError
from hedgerow.insights.errors import InsightError

log = structlog.get_logger(__name__)


class QueryError(Exception):
    """A query that cannot be answered as it was asked; an answer of 400 that says why.

    `start` and `end` are offsets in characters of the HogQL text where the fault is, when it is in a text.
    """

    def __init__(
        self, detail: str, code: str = "invalid_input", start: int | None = None, end: int | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.start = start
        self.end = end


class QueryFailure(APIException):
    """The event store failed for a reason the asker cannot mend; an answer of 500 that keeps the reason to the log."""

    status_code = 500
    default_detail = "Error while executing query."
    default_code = "error"


@contextmanager
def query_errors() -> Iterator[None]:
    """Turn what the query language, the insights and the event store raise into `QueryError` or `QueryFailure`."""
    try:
        yield
    except HogQLError as error:
        raise _hogql_error(error) from None
    except InsightError as error:
        raise QueryError(error.detail, error.code) from None
    except EventStoreError as error:
        raise _engine_error(error) from None


def _hogql_error(error: HogQLError) -> QueryError:
    detail = error.message
    if isinstance(error, QuerySyntaxError) and error.start is not None:
        detail = f"{detail} (at character {error.start + 1})"
    return QueryError(detail, error.code, error.start, error.end)


# ClickHouse's error numbers that come from what a query does with its values, and the names they are answered with.
_MISTAKES = {
    1: "unsupported_method",
    6: "cannot_parse_text",
    27: "cannot_parse_input_assertion_failed",
    32: "attempt_to_read_after_eof",
    34: "too_many_arguments_for_function",
    35: "too_few_arguments_for_function",
    36: "bad_arguments",
    38: "cannot_parse_date",
    41: "cannot_parse_datetime",
    42: "number_of_arguments_doesnt_match",
    43: "illegal_type_of_argument",
    44: "illegal_column",
    46: "unknown_function",
    47: "unknown_identifier",
    48: "not_implemented",
    50: "unknown_type",
    53: "type_mismatch",
    59: "illegal_type_of_column_for_filter",
    62: "syntax_error",
    63: "unknown_aggregate_function",
    68: "illegal_index",
    69: "argument_out_of_bound",
    70: "cannot_convert_type",
    72: "cannot_parse_number",
    117: "incorrect_data",
    125: "incorrect_result_of_scalar_subquery",
    126: "cannot_get_size_of_field",
    127: "illegal_index",
    128: "too_large_array_size",
    131: "too_large_string_size",
    133: "aggregate_function_doesnt_allow_parameters",
    134: "parameters_to_aggregate_functions_must_be_literals",
    135: "zero_array_or_tuple_index",
    153: "illegal_division",
    157: "too_big_ast",
    167: "too_deep_ast",
    168: "too_big_ast",
    169: "bad_type_of_field",
    171: "too_deep_pipeline",
    179: "multiple_expressions_for_alias",
    184: "illegal_aggregation",
    190: "sizes_of_arrays_dont_match",
    207: "ambiguous_identifier",
    215: "not_an_aggregate",
    258: "union_all_result_structures_mismatch",
    306: "too_deep_recursion",
    321: "value_is_out_of_range_of_data_type",
    349: "cannot_insert_null_in_ordinary_column",
    352: "ambiguous_column_name",
    358: "argument_out_of_bound",
    376: "cannot_parse_uuid",
    377: "illegal_syntax_for_data_type",
    386: "no_common_type",
    395: "function_throw_if_value_is_non_zero",
    403: "invalid_join_on_expression",
    407: "decimal_overflow",
    427: "cannot_compile_regexp",
    431: "illegal_syntax_for_codec_type",
    441: "cannot_parse_domain_value_from_string",
    456: "unknown_query_parameter",
    457: "bad_query_parameter",
    469: "violated_constraint",
    636: "cannot_extract_table_structure",
    674: "cannot_parse_ipv4",
    675: "cannot_parse_ipv4",
    676: "cannot_parse_ipv6",
}
_CANCELLED = 394


def _engine_error(error: EventStoreError) -> Exception:
    if isinstance(error, QueryTimeout):
        return QueryError(
            "The query took too long. Ask for a shorter date range or fewer rows, or run it in the background.",
            "too_slow",
        )
    if isinstance(error, QueryMemory):
        return QueryError(
            "The query needs more memory than it may use. Ask for a shorter date range or group by fewer values.",
            "memory_limit_exceeded",
        )
    if error.code == RESULT_TOO_LARGE:
        return QueryError(
            "The answer is too large to be given at once. Ask for fewer rows or columns.", "too_many_rows_or_bytes"
        )
    if isinstance(error, QueryTooLarge):
        return QueryError(
            "The query reads or gives more rows than it may. Ask for a shorter date range.", "too_many_rows"
        )
    if error.code == _CANCELLED:
        return QueryError("The query was cancelled.", "query_was_cancelled")
    if error.code in _MISTAKES:
        return QueryError(_readable(error.message, _MISTAKES[error.code]), _MISTAKES[error.code])
    log.error("query_failed", engine_code=error.code, reason=error.message)
    return QueryFailure()


# Where the engine begins to speak of the SQL it was given, of its own plan, or of its documentation.
_INTERNALS = re.compile(
    r":? (?:[Ii]n scope|(?:[Ww]hile|When) (?:executing|processing|converting)|Maybe you meant|Note: there are|Look at|"
    r"Stack trace|[Ii]n query|failed at position|SELECT|WITH|SETTINGS)\b"
    r"|\(in file|: \(at row |\. \([A-Z_]+\)$| \([A-Z_]{4,}\)$"
)
_TABLE_ALIAS = re.compile(r"\b(?:__table|t)\d+\.|\bdefault\.")
_BOUND_VALUE = re.compile(r"_CAST\((.*?), '[^']*'\)")
_PATH = re.compile(r"(?<![\w:/])/(?:[\w.\-]+/)+[\w.\-]*")
_SQL = re.compile(r"\b(?:SELECT|FROM|JOIN|WHERE|team_id)\b|`|\bAS [a-z]\d+\b")
_MAX_REASON = 500


def _readable(message: str, name: str) -> str:
    """The first, general part of an engine's reason: without SQL, plans, names of inner tables or paths."""
    message = _INTERNALS.split(message, maxsplit=1)[0]
    message = _BOUND_VALUE.sub(r"\1", _PATH.sub("…", _TABLE_ALIAS.sub("", message)))
    message = message.strip().rstrip(":.,").strip()[:_MAX_REASON]
    if not message or _SQL.search(message):
        return f"The query cannot be run on these values ({name.replace('_', ' ')})."
    return f"{message}."
