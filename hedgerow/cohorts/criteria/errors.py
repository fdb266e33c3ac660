"""The one exception of criteria that cannot be."""


class CriteriaError(ValueError):
    """Criteria that are malformed, or cannot be calculated; `attr` is the field of the request that is at fault."""

    def __init__(self, detail: str, attr: str | None = "filters") -> None:
        super().__init__(detail)
        self.detail = detail
        self.attr = attr
