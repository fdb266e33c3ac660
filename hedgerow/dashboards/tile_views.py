"""What can be done to the tiles of a dashboard, beside writing them with it."""

from typing import Any

from django.db import transaction
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import checked, object_body
from hedgerow.api.errors import NotFound, PermissionDenied, ValidationError
from hedgerow.dashboards.asked import GRIDS
from hedgerow.dashboards.board import BoardView
from hedgerow.dashboards.layout import REORDERINGS
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.moving import copy_tile, move_tile, remove_tile, reorder_tiles
from hedgerow.dashboards.presenting import ordered_tiles, shown_tile
from hedgerow.dashboards.recording import tiles_recorded
from hedgerow.dashboards.rendering import MEDIA_TYPE
from hedgerow.dashboards.rights import can_edit, require_edit
from hedgerow.dashboards.running import insight_results
from hedgerow.dashboards.serializers import DashboardSerializer
from hedgerow.dashboards.streaming import frames
from hedgerow.dashboards.tiles import TextBodySerializer, add_text, checked_display, find_tile, put_tiles
from hedgerow.saved_insights.rights import can_see as can_see_insight

WRITE = ["dashboard:write"]
CANNOT_EDIT_TARGET = "You don't have edit permissions for the destination dashboard."


class ReorderingSerializer(serializers.Serializer[Any]):
    """In which order tiles stand, and how they are laid out."""

    tile_order = serializers.ListField(child=serializers.IntegerField(), allow_empty=False)
    layout = serializers.ChoiceField(choices=REORDERINGS, default="preserve")


class TileActions(BoardView):
    """The actions of a dashboard that are about its tiles."""

    @extend_schema(request=OpenApiTypes.OBJECT, responses=DashboardSerializer)
    @action(methods=["PATCH", "POST"], detail=True, required_scopes=WRITE)
    def move_tile(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move a tile (`{"tile": {"id"}, "to_dashboard"}`) to another dashboard; answers this one."""
        source = self._editable()
        body = object_body(request)
        given = body.get("tile")
        tile = self._tile(source, given.get("id") if isinstance(given, dict) else None)
        target = self.find(body.get("to_dashboard"))
        if not can_edit(target, request.user):
            raise PermissionDenied(CANNOT_EDIT_TARGET)
        move_tile(tile, target, caller(request))
        return Response(self.full(source))

    @extend_schema(request=OpenApiTypes.OBJECT, responses=DashboardSerializer)
    @action(methods=["POST"], detail=True, required_scopes=WRITE)
    def copy_tile(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put the content of another dashboard's tile (`{"fromDashboardId", "tileId"}`) on this one, too."""
        target = self._editable()
        body = object_body(request)
        tile = self._tile(self.find(body.get("fromDashboardId")), body.get("tileId"))
        copy_tile(tile, target, caller(request))
        return Response(self.full(target))

    @extend_schema(request=ReorderingSerializer, responses=DashboardSerializer)
    @action(methods=["POST"], detail=True, required_scopes=WRITE)
    def reorder_tiles(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Lay the tiles out anew, in this order."""
        dashboard = self._editable()
        wanted = checked(ReorderingSerializer(data=object_body(request)))
        order = wanted["tile_order"]
        if len(set(order)) != len(order):
            return Response({"detail": "tile_order must contain unique tile IDs"}, status=400)
        unknown = reorder_tiles(dashboard, order, wanted["layout"], caller(request))
        if unknown:
            return Response({"detail": f"Tile IDs not found on this dashboard: {unknown}"}, status=404)
        return Response(self.full(dashboard))

    @extend_schema(request=OpenApiTypes.OBJECT, responses={201: OpenApiTypes.OBJECT})
    @action(methods=["POST"], detail=True, required_scopes=WRITE)
    def create_text_tile(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a text: `{"body", "layouts"?, "color"?}`; answers its tile."""
        dashboard, user = self._editable(), caller(request)
        body = object_body(request)
        text = checked(TextBodySerializer(data=body))["body"]
        display = checked_display({name: body[name] for name in ("layouts", "color") if name in body})
        with transaction.atomic(), tiles_recorded(dashboard, user):
            tile = add_text(dashboard, text, user, **display)
        return Response(self._shown(dashboard, tile), status=201)

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    @action(methods=["POST"], detail=True, required_scopes=WRITE)
    def update_text_tile(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a text: `{"tile_id", "body"?, "layouts"?, "color"?}`; answers its tile."""
        dashboard, user = self._editable(), caller(request)
        body = object_body(request)
        tile = self._tile(dashboard, body.get("tile_id"))
        if tile.text is None:
            raise ValidationError("Tile is not a text tile.")
        text = checked(TextBodySerializer(data=body, partial=True))
        item: dict[str, Any] = {name: body[name] for name in ("layouts", "color") if name in body}
        item["text"] = {**text, "id": tile.text_id}
        with transaction.atomic(), tiles_recorded(dashboard, user):
            put_tiles(dashboard, [item], user)
        return Response(self._shown(dashboard, tile))

    @extend_schema(request=OpenApiTypes.OBJECT, responses={204: None})
    @action(methods=["POST"], detail=True, required_scopes=WRITE)
    def delete_tile(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a tile (`{"tile_id"}`) off; those beneath it move up."""
        dashboard = self._editable()
        remove_tile(self._tile(dashboard, object_body(request).get("tile_id")), caller(request))
        return Response(status=204)

    @extend_schema(
        parameters=[OpenApiParameter("output_format", str, enum=["optimized", "json"])], responses=OpenApiTypes.OBJECT
    )
    @action(methods=["GET"], detail=True, required_scopes=["query:read"])
    def run_insights(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the insights answer, as tables of text or, with `output_format=json`, as they are."""
        form = request.query_params.get("output_format", "optimized")
        if form not in ("optimized", "json"):
            raise ValidationError(f'"{form[:40]}" is not a valid choice.', code="invalid_choice", attr="output_format")
        results = insight_results(self.get_object(), self.looking_context(), as_text=form == "optimized")
        return Response({"results": list(results)})

    @extend_schema(
        parameters=[OpenApiParameter("layoutSize", str, enum=list(GRIDS))],
        responses={(200, MEDIA_TYPE): OpenApiTypes.STR},
    )
    @action(methods=["GET"], detail=True, required_scopes=["dashboard:read"])
    def stream_tiles(self, request: Request, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        """The dashboard as a stream of events, each tile as soon as it is answered."""
        asked = request.query_params
        grid = asked.get("layoutSize") or asked.get("layout_size")
        dashboard, context = self.get_object(), self.looking_context()
        stream = frames(dashboard, context, grid if grid in GRIDS else GRIDS[0])
        return StreamingHttpResponse(
            stream, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        )

    def _editable(self) -> Dashboard:
        dashboard = self.get_object()
        require_edit(dashboard, self.request.user)
        return dashboard

    def _tile(self, dashboard: Dashboard, given: Any) -> Tile:
        """The tile with this id that is on the dashboard. Raises NotFound."""
        tile = find_tile(dashboard, given)
        if tile is None or tile.deleted or (tile.insight is not None and tile.insight.deleted):
            raise NotFound()
        if tile.insight is not None and not can_see_insight(tile.insight, self.request.user):
            raise NotFound()
        tile.dashboard = dashboard
        return tile

    def _shown(self, dashboard: Dashboard, tile: Tile) -> dict[str, Any]:
        context = self.looking_context()
        tiles = ordered_tiles(dashboard, self.request.user)
        return next(shown_tile(each, order, context) for order, each in enumerate(tiles) if each.pk == tile.pk)
