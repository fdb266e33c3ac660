"""What can be wrong with a request, as one exception that knows its answer."""

from typing import Any


class RequestError(Exception):
    """A request that is refused; `str()` is what the sender is told."""

    status = 400
    type = "validation_error"
    code = "invalid_input"
    retry_after: int | None = None
    closes = False
    """Whether the connection ends with the answer, as part of the request may still be under way on it."""

    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"type": self.type, "code": self.code, "detail": str(self), "attr": None}


class BadEventError(RequestError):
    """One event that cannot be taken; others of its request can. `reason` is what it is counted and kept under."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class TokenError(RequestError):
    """No token, or not one of a project."""

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"


class TooLargeError(RequestError):
    """A body, its expansion or one event is over the limit."""

    status = 413
    code = "payload_too_large"
    closes = True

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"maximum event size exceeded: {what} is over {limit} bytes")


class StalledError(RequestError):
    """The client stopped in the middle of its body."""

    status = 408
    code = "request_timeout"
    closes = True

    def __init__(self) -> None:
        super().__init__("client stopped sending data")


class UnavailableError(RequestError):
    """Nothing is wrong with the request; it should be sent again."""

    status = 503
    type = "server_error"
    code = "service_unavailable"
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("transient error, please retry")
