"""Things some SDKs send that Hedgerow has no place for: taken, so that they are not sent again, and thrown away."""

from hedgerow.capture.http import NO_CONTENT, Reply, Request, json_reply
from hedgerow.capture.service import Service


async def discard(request: Request, service: Service) -> Reply:
    """Logs, metrics and subscriptions to push messages."""
    await request.read_body(service.settings.capture_max_body)
    return json_reply({})


async def discard_report(request: Request, service: Service) -> Reply:
    """A browser's report about a page's content security policy."""
    await request.read_body(service.settings.capture_max_body)
    return NO_CONTENT
