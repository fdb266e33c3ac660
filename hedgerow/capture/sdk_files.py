"""The browser SDK's own files, served from an installed copy of the npm package `posthog-js`."""

import gzip
import re
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from hedgerow.capture.http import Reply, Request
from hedgerow.settings import Settings

PATH = re.compile(r"/static/(?:\d+(?:\.[0-9A-Za-z-]+)*/)?([A-Za-z0-9][A-Za-z0-9._-]*\.js)")
"""`/static/<name>.js` and `/static/<version>/<name>.js`; no name can lead out of the directory."""

_INSTALLED = Path(__file__).parent / "sdk"
_CACHE = "public, max-age=3600"


def sdk_file(settings: Settings, name: str) -> Path | None:
    """The file of that name, None if there is none."""
    path = (settings.sdk_dist_dir or _INSTALLED) / name
    return path if path.is_file() else None


async def serve_file(request: Request, path: Path) -> Reply:
    """The answer with a file."""
    return cacheable(request, path.read_bytes(), "application/javascript", _CACHE)


def cacheable(request: Request, body: bytes, content_type: str, cache_control: str) -> Reply:
    """An answer that names its version, compressed where asked for, or 304 when the client has that version."""
    etag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = [("cache-control", cache_control), ("etag", etag), ("vary", "Accept-Encoding")]
    known = request.headers.get("if-none-match", "")
    if etag[3:-1] in known:
        return Reply(304, headers=headers)
    headers.append(("content-type", f"{content_type}; charset=utf-8"))
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers.append(("content-encoding", "gzip"))
        body = _gzip(body)
    return Reply(200, body, headers)


@lru_cache(maxsize=64)
def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)
