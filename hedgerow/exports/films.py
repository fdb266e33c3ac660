"""Pictures and films of session recordings."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hedgerow.exports.errors import InvalidExportError, NotAvailableError
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import EXTENSIONS, VIDEOS, Format
from hedgerow.recordings.filming import FilmingError, Framing, NoRenderer, film, photograph

if TYPE_CHECKING:
    from hedgerow.exports.content import Telling

NO_RENDERER = "The video renderer could not start. Try the export again."
_PIECE = 1024 * 1024


def recording_shown(asset: ExportedAsset, folder: Path, telling: "Telling") -> Iterator[bytes]:
    """A recording as a picture or a film, piece by piece. Raises InvalidExportError and NotAvailableError."""
    context = asset.export_context or {}
    of, framing = (asset.project_id, str(context["session_recording_id"])), Framing.of(context)

    def tell(done: int, total: int) -> None:
        if done == 0:
            telling.begin(total)
        telling.step(done)

    try:
        if asset.export_format == Format.PNG:
            return iter([photograph(*of, framing)])
        if asset.export_format in VIDEOS:
            return _pieces(film(*of, framing, EXTENSIONS[Format(asset.export_format)], folder, tell))
    except FilmingError as error:
        raise InvalidExportError(str(error)) from error
    except NoRenderer as error:
        raise NotAvailableError(NO_RENDERER) from error
    raise InvalidExportError(f"Export to format {asset.export_format} is not supported for session recordings")


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece
