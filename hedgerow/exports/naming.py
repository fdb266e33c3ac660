"""What exported files are called, and how long they are kept."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from hedgerow.exports.models import ExportedAsset

Format = ExportedAsset.Format

EXTENSIONS = {
    Format.PNG: "png",
    Format.PDF: "pdf",
    Format.CSV: "csv",
    Format.XLSX: "xlsx",
    Format.WEBM: "webm",
    Format.MP4: "mp4",
    Format.GIF: "gif",
    Format.JSON: "json",
}
VIDEOS = frozenset({Format.WEBM, Format.MP4, Format.GIF})
TABLES = frozenset({Format.CSV, Format.XLSX, Format.JSON})
_LONGEST_NAME = 150


def kept_until(export_format: str, now: datetime) -> datetime:
    """From when on a file made now is gone: the beginning of a day, UTC."""
    days = 7 if export_format in (Format.CSV, Format.XLSX) else 365 if export_format in VIDEOS else 180
    return (now.astimezone(UTC) + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def filename(asset: ExportedAsset) -> str:
    """`export-<name>-<date>-<time>.<extension>`, by the name that was given for it or that of what it shows."""
    parts = [_name(asset), f"{asset.created_at.astimezone(UTC):%Y-%m-%d-%H%M%S}"]
    return f"{'-'.join(filter(None, parts))}.{extension(asset)}"


def extension(asset: ExportedAsset) -> str:
    """The end of the file's name, without the dot."""
    return EXTENSIONS[Format(asset.export_format)]


def _name(asset: ExportedAsset) -> str:
    given = (asset.export_context or {}).get("filename")
    if isinstance(given, str) and given:
        return slug(given)
    if asset.dashboard is not None and asset.dashboard.name:
        return "-".join(filter(None, ("export", slug(asset.dashboard.name))))
    if asset.insight is not None:
        name = asset.insight.name or asset.insight.derived_name or "insight"
        return "-".join(filter(None, ("export", slug(name))))
    return "export"


def slug(text: str) -> str:
    """A text as part of a file's name: in small letters of ASCII, words with hyphens between them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    kept = re.sub(r"[^\w\s-]", "", plain)
    return re.sub(r"[-\s]+", "-", kept).strip("-_")[:_LONGEST_NAME]
