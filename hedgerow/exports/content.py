"""The bytes of an export, of whatever it is."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from hedgerow.dashboards.models import Tile
from hedgerow.dashboards.overrides import dashboard_filters, tile_filters, tile_variables
from hedgerow.exports import pictures
from hedgerow.exports.errors import InvalidExportContext, InvalidExportError, NotAvailableError
from hedgerow.exports.films import recording_shown
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import TABLES
from hedgerow.exports.paths import path_rows
from hedgerow.exports.recordings import recording_file
from hedgerow.exports.tables.files import csv_file, json_file, xlsx_file
from hedgerow.exports.tables.reading import Rows, rows_of
from hedgerow.saved_insights.results import effective_query

Format = ExportedAsset.Format

NO_HEATMAPS = "This server cannot draw heatmaps."
NO_TARGET = "Export is missing required dashboard, insight ID, or session_recording_id in export_context"


class Telling(Protocol):
    """Who is told how far the rows of a table are; by `step`, how far what takes longer than a row is."""

    def begin(self, total: int | None) -> None: ...
    def __call__(self, done: int) -> None: ...
    def step(self, done: int) -> None: ...
    def end(self, done: int) -> None: ...


def chunks_of(
    asset: ExportedAsset, folder: Path, telling: Telling, *, told: Mapping[str, Any] | None = None, tag: str = ""
) -> Iterator[bytes]:
    """The file, piece by piece; `folder` is for what has to be kept meanwhile, `told` is drawn instead of an answer
    computed now.

    Raises InvalidExportError and NotAvailableError, and whatever keeps the question from being answered.
    """
    context = asset.export_context or {}
    if context.get("session_recording_id"):
        if asset.export_format == Format.JSON:
            return recording_file(asset, folder, telling)
        return recording_shown(asset, folder, telling)
    if context.get("heatmap_url"):
        raise NotAvailableError(NO_HEATMAPS)
    if asset.export_format in TABLES:
        return _table(asset, folder, telling, tag)
    return iter([_picture(asset, told)])


def first_rows(asset: ExportedAsset, most: int) -> Iterator[Mapping[str, Any]]:
    """The rows that a table of this would begin with, as its columns are found in; all rows of an insight.

    Raises what keeps the question from being answered.
    """
    return islice(_rows(asset, "", as_api=False, only=most).rows, most)


def _table(asset: ExportedAsset, folder: Path, telling: Telling, tag: str) -> Iterator[bytes]:
    is_json = asset.export_format == Format.JSON
    found = _rows(asset, tag, as_api=is_json)
    telling.begin(found.total)
    counted = _Counted(found.rows)
    zone = ZoneInfo(asset.project.timezone)
    if is_json:
        yield from json_file(counted, telling)
    else:
        file = csv_file if asset.export_format == Format.CSV else xlsx_file
        yield from file(counted, _chosen(asset), zone, folder, telling, has_headings=_has_headings(asset))
    telling.end(counted.count)


class _Counted:
    def __init__(self, rows: Iterator[Mapping[str, Any]]) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row


def _rows(asset: ExportedAsset, tag: str, *, as_api: bool, only: int | None = None) -> Rows:
    context = asset.export_context or {}
    if context.get("source"):
        return rows_of(asset.project, _query(context["source"]), tag, as_api=as_api, only=only)
    if context.get("path"):
        return Rows(path_rows(asset))
    if asset.insight is not None:
        question = _question(asset)
        return rows_of(asset.project, question, tag, as_api=as_api, only=only)
    if asset.dashboard is not None:
        raise InvalidExportError(f"Export to format {asset.export_format} is not supported for dashboards")
    raise InvalidExportContext(NO_TARGET)


def _picture(asset: ExportedAsset, told: Mapping[str, Any] | None) -> bytes:
    context = asset.export_context or {}
    if context.get("source"):
        return pictures.insight(asset, _query(context["source"]), told)
    if asset.insight is not None:
        return pictures.insight(asset, _question(asset), told)
    if asset.dashboard is not None:
        return pictures.dashboard(asset, _variables(asset))
    raise InvalidExportContext(NO_TARGET)


def _query(source: Any) -> dict[str, Any]:
    if not isinstance(source, dict):
        raise InvalidExportContext("The source of an export is a query.")
    return source


def _question(asset: ExportedAsset) -> dict[str, Any]:
    """The insight's question, as it is asked on the dashboard if one is given."""
    insight, dashboard = asset.insight, asset.dashboard
    assert insight is not None
    filters: Mapping[str, Any] = {}
    variables: Mapping[str, Any] = _variables(asset)
    if dashboard is not None:
        tile = Tile.objects.filter(dashboard=dashboard, insight=insight, deleted=False).first()
        filters = tile_filters(dashboard, tile) if tile is not None else dashboard_filters(dashboard)
        variables = tile_variables(dashboard, variables)
    question = effective_query(insight, filters, variables)
    if question is None:
        raise InvalidExportError("The insight has no query.")
    return question


def _variables(asset: ExportedAsset) -> dict[str, Any]:
    given = (asset.export_context or {}).get("variables_override")
    return given if isinstance(given, dict) else {}


def _chosen(asset: ExportedAsset) -> list[str] | None:
    given = (asset.export_context or {}).get("columns")
    return [str(name) for name in given] if isinstance(given, list) and given else None


def _has_headings(asset: ExportedAsset) -> bool:
    """Whether columns are to be called as people call them, not as the query does."""
    return (asset.export_context or {}).get("readable_columns") is True
