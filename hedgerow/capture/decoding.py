"""From the bytes of a request to the text of its JSON: forms, base64, gzip, lz-string and the like.

SDKs of ten years have wrapped their JSON in many ways, often without saying so in a header; what counts is what the
bytes look like. No step allocates more than the limit it is given.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from urllib.parse import parse_qsl

import brotli
import zstandard

from hedgerow.capture.errors import RequestError, TooLargeError
from hedgerow.capture.lzstring import decompress_from_base64

FORM = "application/x-www-form-urlencoded"

_COMPRESSIONS = {
    "gzip": "gzip",
    "gzip-js": "gzip",
    "lz64": "lz64",
    "lz-string": "lz64",
    "base64": "base64",
    "b64": "base64",
}
_MAX_FIELDS = 100
_GZIP_MAGIC = b"\x1f\x8b\x08"
_FORM_START = re.compile(rb"(?:^|&)(?:data|_|ip|compression)=")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]+")
_BASE64_WITH_SPACES = re.compile(rb"[A-Za-z0-9+/= ]+")


def decode_body(
    body: bytes,
    query: Mapping[str, str],
    content_type: str,
    content_encoding: str,
    limit: int,
    *,
    lenient: bool = False,
) -> bytes:
    """The JSON text (valid UTF-8, not parsed yet) of a request to one of the older endpoints.

    `query` may hold `data` (instead of a body) and `compression`. With `lenient`, plain JSON is taken also where the
    request says it is something else, and bytes that are no UTF-8 become U+FFFD. Raises `RequestError`,
    `TooLargeError` when the expanded text is over `limit` bytes.
    """
    data = query.get("data", "").encode("utf-8", "replace")
    raw = data.replace(b" ", b"+") if data and _BASE64_WITH_SPACES.fullmatch(data) else data or body
    if not raw:
        raise RequestError("request missing data payload")
    compression = _compression(query.get("compression"))
    header_compression = _compression(content_encoding)
    is_form = not data and content_type.partition(";")[0].strip().lower() == FORM
    if raw[:1] in (b"{", b"[") and (lenient or not (is_form or compression or header_compression)):
        return _utf8(raw, replace=lenient)  # plain JSON, by far the most frequent
    looks_like_form = bool(_FORM_START.search(raw[:128]))
    if is_form:
        if not looks_like_form:
            raise RequestError("failed to decode request: expected form data in POST request payload")
        raw, form_compression = _form_data(raw)
        compression = compression or form_compression
    compression = compression or header_compression
    # Old browsers send base64 without saying so; lz-string's is a base64 of its own.
    if compression != "lz64" and (is_form or not looks_like_form) and _starts_like_base64(raw):
        raw = _from_base64(raw)
    text = _decompress(raw, compression, limit)
    if text[:1] not in (b"{", b"[") and _starts_like_base64(text):
        text = _decompress(_from_base64(text), "", limit)
    return _utf8(text, replace=lenient)


def gunzip(data: bytes, limit: int) -> bytes:
    """Expand gzip bytes of one or more members. Raises `RequestError`, `TooLargeError` when over `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    while True:
        expander = zlib.decompressobj(wbits=31)
        try:
            part = expander.decompress(data, limit + 1 - size)
        except zlib.error:
            raise RequestError("failed to decode request: invalid GZIP data") from None
        size += len(part)
        if size > limit:
            raise TooLargeError("the expanded body", limit)
        if not expander.eof:
            raise RequestError("failed to decode request: invalid GZIP data")
        parts.append(part)
        data = expander.unused_data
        if not data.startswith(_GZIP_MAGIC):  # padding after the last member is ignored
            return parts[0] if len(parts) == 1 else b"".join(parts)


def expand(data: bytes, encoding: str, limit: int) -> bytes:
    """Expand `deflate` (with zlib's wrapper), `br` or `zstd` bytes.

    Raises `ValueError` when they are broken, `TooLargeError` when they expand to more than `limit` bytes.
    """
    try:
        if encoding == "deflate":
            expander = zlib.decompressobj()
            expanded = expander.decompress(data, limit + 1)
            complete = expander.eof
        elif encoding == "br":
            brotli_expander = brotli.Decompressor()
            expanded = brotli_expander.process(data, output_buffer_limit=limit + 1)
            while len(expanded) <= limit and not brotli_expander.can_accept_more_data():
                expanded += brotli_expander.process(b"", output_buffer_limit=limit + 1 - len(expanded))
            complete = brotli_expander.is_finished()
        else:
            with zstandard.ZstdDecompressor(max_window_size=limit).stream_reader(data) as reader:
                expanded = reader.read(limit + 1)
            complete = bool(expanded)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise ValueError(f"not {encoding} data") from error
    if len(expanded) > limit:
        raise TooLargeError("the expanded body", limit)
    if not complete:
        raise ValueError(f"{encoding} data ends too early")
    return expanded


def _decompress(raw: bytes, compression: str, limit: int) -> bytes:
    if compression == "gzip" or raw.startswith(_GZIP_MAGIC):
        return gunzip(raw, limit)
    if compression == "lz64":
        try:
            return decompress_from_base64(raw, limit).encode("utf-8", "replace")
        except OverflowError:
            raise TooLargeError("the expanded body", limit) from None
        except ValueError:
            raise RequestError("failed to decode request: invalid lz64 data") from None
    return raw


def _compression(name: str | None) -> str:
    """What a hint means; nothing when it is not one we know."""
    return _COMPRESSIONS.get(name.strip().lower(), "") if name else ""


def _form_data(raw: bytes) -> tuple[bytes, str]:
    """`data` and the known `compression` of a form."""
    try:
        fields = dict(
            parse_qsl(
                raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="replace"
            )
        )
    except ValueError:
        raise RequestError("failed to decode request: too many fields in form data") from None
    data = fields.get("data", "").encode()
    if not data:
        raise RequestError("request missing data payload")
    if _BASE64_WITH_SPACES.fullmatch(data):
        data = data.replace(b" ", b"+")
    return data, _compression(fields.get("compression"))


def _starts_like_base64(data: bytes) -> bool:
    return len(data) % 4 == 0 and _BASE64.fullmatch(data[:128]) is not None


def _from_base64(data: bytes) -> bytes:
    """Decoded base64, or the same bytes where they are not base64 after all."""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return data


def _utf8(text: bytes, *, replace: bool) -> bytes:
    if not text.isascii():
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            if replace:
                return text.decode("utf-8", "replace").encode()
            raise RequestError("failed to decode request: invalid UTF8 in request payload") from None
    return text
