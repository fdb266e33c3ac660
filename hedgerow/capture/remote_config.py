"""What SDKs are told to do: the remote configuration, alone, as a script, and in front of the SDK itself.

Heatmaps, surveys, feature flags and product tours are switched off here, since nothing takes them in yet: an SDK that
is told so does not send them.
"""

from typing import Any

import msgspec

from hedgerow.capture.errors import RequestError
from hedgerow.capture.http import Reply, Request
from hedgerow.capture.projects import PublishedProject
from hedgerow.capture.sdk_files import cacheable, sdk_file
from hedgerow.capture.service import Service

_CACHE = "public, max-age=300"


class UnknownTokenError(RequestError):
    """The path names no project."""

    status = 404
    type = "invalid_request"
    code = "not_found"

    def __init__(self) -> None:
        super().__init__("Not found.")


async def token_file(request: Request, service: Service, token: str, name: str) -> Reply:
    """`/array/<token>/config`, `config.js` and `array.js`. Raises `UnknownTokenError`."""
    project = service.projects.find(token)
    if project is None:
        raise UnknownTokenError
    config = remote_config(project)
    if name == "config":
        return cacheable(request, msgspec.json.encode(config), "application/json", _CACHE)
    script = _script(token, config)
    if name == "array.js":
        loader = sdk_file(service.settings, "array.js")
        if loader is None:
            raise UnknownTokenError
        script += loader.read_bytes()
    return cacheable(request, script, "application/javascript", _CACHE)


def remote_config(project: PublishedProject) -> dict[str, Any]:
    """The configuration of a project's SDKs."""
    performance: bool | dict[str, Any] = False
    if project.capture_performance_opt_in or project.autocapture_web_vitals_opt_in:
        performance = {
            "network_timing": project.capture_performance_opt_in,
            "web_vitals": project.autocapture_web_vitals_opt_in,
            "web_vitals_allowed_metrics": project.autocapture_web_vitals_allowed_metrics,
        }
    return {
        "token": project.token,
        "supportedCompression": ["gzip", "gzip-js"],
        "hasFeatureFlags": False,
        "captureDeadClicks": project.capture_dead_clicks,
        "capturePerformance": performance,
        "autocapture_opt_out": project.autocapture_opt_out,
        "autocaptureExceptions": project.autocapture_exceptions_opt_in,
        "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": True,
        "errorTracking": {
            "autocaptureExceptions": project.autocapture_exceptions_opt_in,
            "suppressionRules": [],
        },
        "logs": {"captureConsoleLogs": False},
        "sessionRecording": project.session_recording or False,
        "heatmaps": False,
        "conversations": False,
        "surveys": False,
        "productTours": False,
        "defaultIdentifiedOnly": True,
        "siteApps": [],
    }


def config_for_flags(project: PublishedProject) -> dict[str, Any]:
    """The configuration as older SDKs get it, together with their flags."""
    config = remote_config(project)
    del config["token"]
    return {
        **config,
        "isAuthenticated": False,
        "toolbarParams": {},
        "config": {"enable_collect_everything": True},
    }


def _script(token: str, config: dict[str, Any]) -> bytes:
    # `<` could end a script element, should a page ever hold the script inline.
    name = msgspec.json.encode(token).replace(b"<", b"\\u003c")
    value = msgspec.json.encode({"config": config, "siteApps": []}).replace(b"<", b"\\u003c")
    return (
        b"(function(){window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{};"
        b"window._POSTHOG_REMOTE_CONFIG[" + name + b"]=" + value + b";})();\n"
    )
