"""How the server is doing, for those who watch over it."""

import msgspec

from hedgerow.capture.http import Reply, Request, json_reply
from hedgerow.capture.service import Service

_TEXT = ("content-type", "text/plain; version=0.0.4; charset=utf-8")


async def health(request: Request, service: Service) -> Reply:
    """This process answers."""
    return json_reply({"status": "ok"})


async def ready(request: Request, service: Service) -> Reply:
    """200 when events can be taken in and the app is ready, else 503 naming what is not."""
    problems: dict[str, str] = {}
    refusal = service.writer.refusal()
    if refusal:
        problems["spool"] = refusal
    reply = await service.app.get("/_ready")
    if reply is None:
        problems["app"] = "does not answer"
    elif reply.status != 200:
        problems |= _problems_of(reply.body)
    return json_reply({"ready": not problems, "problems": problems}, 503 if problems else 200)


async def metrics(request: Request, service: Service) -> Reply:
    """The counters of this process, followed by the app's."""
    own = service.metrics.text()
    reply = await service.app.get("/metrics")
    return Reply(200, own + reply.body if reply is not None and reply.status == 200 else own, [_TEXT])


def _problems_of(body: bytes) -> dict[str, str]:
    try:
        return dict(msgspec.json.decode(body)["problems"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return {"app": "is not ready"}
