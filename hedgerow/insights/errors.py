"""The one exception the insights raise for a question that cannot be answered as asked."""

from __future__ import annotations


class InsightError(ValueError):
    """A mistake in the request, to be answered with 400 and ``detail`` as the text.

    ``code`` is the machine-readable code of the answer; almost always ``invalid_input``.
    """

    def __init__(self, detail: str, code: str = "invalid_input") -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
