"""What browser SDKs ask for from time to time: surveys, early access features, web experiments, product tours.

None of them can be set up yet, so each answer says that there is none.
"""

from typing import Any

from hedgerow.capture.errors import RequestError
from hedgerow.capture.http import Reply, Request, json_reply
from hedgerow.capture.service import Service

NOTHING: dict[str, dict[str, Any]] = {
    "/api/surveys": {"surveys": [], "survey_config": None},
    "/api/early_access_features": {"earlyAccessFeatures": []},
    "/api/web_experiments": {"experiments": []},
    "/api/product_tours": {"product_tours": []},
}


class PollTokenError(RequestError):
    """The query names no project."""

    status = 401
    type = "authentication_error"

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


async def poll(request: Request, service: Service) -> Reply:
    """The empty answer of one of `NOTHING`. Raises `PollTokenError`."""
    token = request.query.get("token", "").strip()
    if not token:
        raise PollTokenError("API token not provided. You can find your project API key in your project settings.",
                             "not_authenticated")  # fmt: skip
    if service.projects.find(token) is None:
        raise PollTokenError(
            "Project API key invalid. You can find your project API key in your PostHog project settings.",
            "invalid_api_key",
        )
    return json_reply(NOTHING[request.path.rstrip("/")])
