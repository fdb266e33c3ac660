"""What can be wrong with a query. Every error says, where known, at which characters of the text it is."""


class HogQLError(Exception):
    """A query that cannot be run because of how it is written; an answer of 400, never a fault of the server.

    `start` and `end` are offsets in characters (code points) of the query text, `end` exclusive; None where the
    place is not known, as for trees built by code.
    """

    code = "invalid_input"

    def __init__(self, message: str, start: int | None = None, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end


class QuerySyntaxError(HogQLError):
    """The text is not HogQL."""


class QueryTooComplexError(HogQLError):
    """The text is too long, too deeply nested, or would take too long to read."""


class ResolutionError(HogQLError):
    """A table, field, function or other name that does not exist or cannot be used there."""


class UnsupportedError(HogQLError):
    """Valid HogQL that Hedgerow does not run."""
