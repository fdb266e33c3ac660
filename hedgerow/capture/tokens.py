"""What a project token may look like, before it is looked up."""

from hedgerow.capture import json_text
from hedgerow.capture.errors import TokenError
from hedgerow.capture.projects import ProjectDirectory, PublishedProject

MAX_LENGTH = 64


def project_of(token: str | None, projects: ProjectDirectory) -> PublishedProject:
    """The project of a token as it was sent. Raises `TokenError` when there is none."""
    if token is None:
        raise TokenError("event submitted without an api_key")
    project = projects.find(token)
    if project is not None:
        return project
    token = token.strip()
    fault = token_fault(token)
    if fault:
        raise TokenError(f"API key is not valid: {fault}")
    project = projects.find(token)
    if project is None:
        raise TokenError("api_key does not resolve to a known project")
    return project


def token_fault(token: str) -> str | None:
    """Why a trimmed token cannot be one of a project: a fixed word; None when it looks like one."""
    if not token:
        return "empty"
    if len(token) > MAX_LENGTH:
        return "too_long"
    if json_text.REPLACEMENT in token or "\0" in token:  # reading the JSON makes the one of the other
        return "null_byte"
    if not token.isascii():
        return "not_ascii"
    if token.startswith("phx_"):
        return "personal_api_key"
    return None
