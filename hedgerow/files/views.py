"""`/api/projects/:project_id/file_system/`."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import checked, is_whole
from hedgerow.api.errors import NotFound
from hedgerow.api.openapi import KEY_SCHEME
from hedgerow.api.views import ProjectViewSet, is_uuid
from hedgerow.files import paths
from hedgerow.files.deleting import Deleted, delete_entry, undo_delete
from hedgerow.files.filing import file_unfiled
from hedgerow.files.kinds import kinds
from hedgerow.files.listing import MOST_RECENT, PREVIEWED, contents, entries_of, is_recent, listed_entries
from hedgerow.files.models import Entry
from hedgerow.files.rights import EntryLevels
from hedgerow.files.serializers import (
    CountSerializer,
    DeletionSerializer,
    EntryPageSerializer,
    EntrySerializer,
    NewPathSerializer,
    RefusalSerializer,
    UndoneSerializer,
    UndoSerializer,
    UnfiledSerializer,
    ViewSerializer,
)
from hedgerow.files.tree import OntoItselfError, add, change, link, move, stored_path
from hedgerow.files.views_log import note_view, views_of
from hedgerow.organizations.models import User
from hedgerow.organizations.serializers import UserBasicSerializer

MOST_VIEWS = 1_000
# What a second method of an action needs is not told by the action's scopes.
_WRITES: list[dict[str, list[str]]] = [{KEY_SCHEME: ["file_system:write"]}, {"SessionAuth": []}]
DEFAULT_ROWS = 100

_FILTERS = [
    OpenApiParameter("search", str, description='Words, such as `name:"sign-ups" -type:folder user:me`.'),
    OpenApiParameter("search_name_only", bool, description="Look for plain words in names only."),
    OpenApiParameter("depth", int),
    OpenApiParameter("path", str, description="Exactly this path."),
    OpenApiParameter("parent", str, description="What lies in this folder or deeper."),
    OpenApiParameter("type", str),
    OpenApiParameter("not_type", str),
    OpenApiParameter("type__startswith", str),
    OpenApiParameter("ref", str),
    OpenApiParameter("created_at__gt", OpenApiTypes.DATETIME),
    OpenApiParameter("created_at__lt", OpenApiTypes.DATETIME),
    OpenApiParameter("order_by", str, description="`path`, `created_at` or `last_viewed_at`, after a `-` downwards."),
]
_PATH_QUERY = OpenApiParameter("path", str, required=True)


class FilesViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ProjectViewSet[Entry],
):
    """The tree of a project. Everybody in the project sees all of it."""

    queryset = Entry.objects.all()
    serializer_class = EntrySerializer
    scope_object = "file_system"
    lookup_value_regex = "[^/]+"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """To note a view is to write, to read the notes is not."""
        if self.action == "note_view":
            self.required_scopes = ["file_system:write"]
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Entry]:
        """The entries, with when the caller last looked at them; of a list those that the request asks for."""
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        user = caller(self.request)
        if self.action == "list":
            return listed_entries(self.project, user, self.request.query_params)
        return entries_of(self.project, user)

    def get_object(self) -> Entry:
        """The entry in the path. Raises NotFound."""
        if not is_uuid(self.kwargs["pk"]):
            raise NotFound()
        entry: Entry = super().get_object()
        return entry

    def get_serializer_context(self) -> dict[str, Any]:
        """With what the caller may do."""
        context = dict(super().get_serializer_context())
        if self.request is None or getattr(self, "swagger_fake_view", False):
            return context
        return {**context, "levels": EntryLevels(self.request.user, self.project)}

    @extend_schema(parameters=_FILTERS, responses=EntryPageSerializer, filters=False)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Entries by path; in an order by `last_viewed_at` those the caller looked at, on one page."""
        entries = self.get_queryset()
        if is_recent(request.query_params):
            found = list(entries[: _limit(request, MOST_RECENT)])
            page = {"count": len(found), "next": None, "previous": None, "results": self._shown(found)}
        else:
            found = list(self.paginate_queryset(entries) or ())
            page = dict(self.get_paginated_response(self._shown(found)).data)
        return Response({**page, "users": self._makers(found)})

    def perform_create(self, serializer: serializers.BaseSerializer[Entry]) -> None:
        """Put the entry into the tree, with the folders it needs; a folder that is there already is that one."""
        given = dict(serializer.validated_data)
        path = given.pop("path")
        entry = Entry(project=self.project, created_by=caller(self.request), **given)
        entry.put_at(path)
        serializer.instance = self._as_listed(add(entry))

    def perform_update(self, serializer: serializers.BaseSerializer[Entry]) -> None:
        """Change the entry alone; what lies beneath a folder stays where it is."""
        entry = self.get_object()
        serializer.instance = self._as_listed(change(entry, serializer.validated_data, caller(self.request).pk))

    @extend_schema(responses={200: DeletionSerializer, 204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove the entry, with all that lies beneath it and the objects that have no other place."""
        deleted = delete_entry(self.project, self.get_object(), caller(request))
        if not deleted:
            return Response(status=204)
        return Response({"deleted": [_told(each) for each in deleted]})

    @extend_schema(request=None, responses={200: CountSerializer, 400: RefusalSerializer})
    @action(methods=["POST"], detail=True, required_scopes=["file_system:read"])
    def count(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How much is in a folder and deeper."""
        entry = self.get_object()
        if not entry.is_folder:
            return _refusal("Count can only be called on folders")
        return self._counted(entry.path)

    @extend_schema(request=None, parameters=[_PATH_QUERY], responses={200: CountSerializer, 400: RefusalSerializer})
    @action(methods=["POST"], detail=False, required_scopes=["file_system:read"])
    def count_by_path(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How much lies beneath a path."""
        path = request.query_params.get("path")
        return self._counted(paths.canonical(path)) if path else _refusal("path parameter is required")

    @extend_schema(request=NewPathSerializer, responses={200: EntrySerializer, 400: RefusalSerializer})
    @action(methods=["POST"], detail=True, required_scopes=["file_system:write"])
    def move(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move an entry, a folder with all that lies beneath it; into the folder at that path, if there is one."""
        if (path := self._new_path) is None:
            return _refusal("new_path is required")
        try:
            moved = move(self.get_object(), path, caller(request).pk)
        except OntoItselfError:
            return _refusal("Cannot move folder into itself")
        return Response(self.get_serializer(self._as_listed(moved)).data)

    @extend_schema(request=NewPathSerializer, responses={200: EntrySerializer, 400: RefusalSerializer})
    @action(methods=["POST"], detail=True, required_scopes=["file_system:write"])
    def link(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a shortcut to an entry; to a folder, with shortcuts to all that lies beneath it."""
        if (path := self._new_path) is None:
            return _refusal("new_path is required")
        try:
            linked = link(self.get_object(), path, caller(request).pk)
        except OntoItselfError:
            return _refusal("Cannot link folder into itself")
        return Response(self.get_serializer(self._as_listed(linked)).data)

    @extend_schema(parameters=[OpenApiParameter("type", str)], responses=UnfiledSerializer, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=["file_system:read"], pagination_class=None)
    def unfiled(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """File the objects (of one type) that are not in the tree yet, and repair the tree."""
        type = request.query_params.get("type")
        wanted = [kind for kind in kinds() if not type or kind.type == type]
        return Response({"count": file_unfiled(self.project.pk, wanted)})

    @extend_schema(request=UndoSerializer, responses=UndoneSerializer)
    @action(methods=["POST"], detail=False, required_scopes=["file_system:write"])
    def undo_delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Restore objects that were deleted, all or none."""
        items = checked(UndoSerializer(data=request.data))["items"]
        undo_delete(self.project, items, caller(request))
        return Response({"undone": [{"type": item["type"], "ref": item["ref"]} for item in items]})

    @extend_schema(
        parameters=[OpenApiParameter("type", str), OpenApiParameter("limit", int)],
        responses=ViewSerializer(many=True),
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=["file_system:read"], pagination_class=None)
    def log_view(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the caller looked at, the latest first."""
        views = views_of(self.project, caller(request), request.query_params.get("type"))
        return Response(ViewSerializer(views[: _limit(request, MOST_VIEWS)], many=True).data)

    @extend_schema(request=ViewSerializer, responses={204: None}, auth=_WRITES)  # type: ignore[arg-type]
    @log_view.mapping.post
    def note_view(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Note that the caller looks at an object."""
        note_view(self.project, caller(request), **checked(ViewSerializer(data=request.data)))
        return Response(status=204)

    @property
    def _new_path(self) -> str | None:
        body = self.request.data
        given = body.get("new_path") if isinstance(body, dict) else None
        return stored_path(given, "new_path") if isinstance(given, str) and given.strip() else None

    def _counted(self, folder: str) -> Response:
        entries = contents(self.project, caller(self.request), folder)
        count = entries.count()
        return Response({"count": count, "entries": self._shown(entries[:PREVIEWED]), "has_more": count > PREVIEWED})

    def _shown(self, entries: Any) -> Any:
        return self.get_serializer(entries, many=True).data

    def _as_listed(self, entry: Entry) -> Entry:
        """With when the caller last looked at it."""
        return entries_of(self.project, caller(self.request)).filter(pk=entry.pk).first() or entry

    def _makers(self, entries: Sequence[Entry]) -> Any:
        """Of those whom `meta`, which anybody may write, names only people who have to do with the project."""
        named = [each.meta.get("created_by") for each in entries if isinstance(each.meta, dict)]
        ids = {id for id in named if isinstance(id, int) and not isinstance(id, bool) and 0 < id < 2**63}
        makers = {each.created_by_id for each in entries}
        members = User.objects.filter(memberships__organization_id=self.project.organization_id, pk__in=ids)
        users = members | User.objects.filter(pk__in=ids & makers)
        return UserBasicSerializer(users.distinct().order_by("pk"), many=True).data


def _told(deleted: Deleted) -> dict[str, Any]:
    can_undo = deleted.kind.restore is not None
    return {
        "type": deleted.kind.type,
        "ref": deleted.ref,
        "mode": deleted.kind.mode,
        "undo": "Send its type, ref and path to file_system/undo_delete." if can_undo else "It cannot be restored.",
        "path": deleted.path,
        "can_undo": can_undo,
    }


def _refusal(detail: str) -> Response:
    return Response({"detail": detail}, status=400)


def _limit(request: HttpRequest | Request, most: int) -> int:
    given = request.GET.get("limit", "")
    limit = int(given) if is_whole(given) else 0
    return min(limit, most) or DEFAULT_ROWS
