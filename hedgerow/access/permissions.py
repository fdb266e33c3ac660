"""The check of every view of a project that the caller's level is enough for what it does.

What a caller may not see at all is left out of the view's queryset, so it answers as if there were no such object.
"""

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hedgerow.access.rules import OBJECTS, require_level
from hedgerow.api.scopes import scopes_needed

if TYPE_CHECKING:
    from rest_framework.views import APIView  # loads its default classes, of which this module has one

WITHOUT_ROWS = ("session_recording",)
"""Kinds whose objects are not rows that a queryset could leave out."""


class LevelPermission(BasePermission):
    """Asks for the level `editor` where something is made or changed."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or raises PermissionDenied when the caller may not make objects of this kind."""
        kind = _kind_of(view)
        project = getattr(view, "project", None)
        if kind is None or project is None or not request.user.is_authenticated:
            return True
        if kind in WITHOUT_ROWS:
            require_level(request.user, project, _needed(kind, request, view), kind)
        elif "pk" not in view.kwargs and _needed(kind, request, view) == "editor":
            require_level(request.user, project, "editor", kind)
        return True

    def has_object_permission(self, request: Request, view: "APIView", obj: Any) -> bool:
        """True, or raises PermissionDenied when the caller may not do this with the object."""
        kind = _kind_of(view)
        if kind is not None and obj._meta.model_name == kind and request.user.is_authenticated:
            require_level(request.user, obj.project, _needed(kind, request, view), kind, obj)
        return True


def _kind_of(view: "APIView") -> str | None:
    """The kind of objects that a view is for."""
    kind: str | None = getattr(view, "scope_object", None)
    queryset = getattr(view, "queryset", None)
    if kind in WITHOUT_ROWS:
        return kind
    return kind if kind in OBJECTS and queryset is not None and queryset.model._meta.model_name == kind else None


def _needed(kind: str, request: Request, view: "APIView") -> str:
    if getattr(view, "action", None) in getattr(view, "viewers_may", ()):
        return "viewer"
    writes = f"{kind}:write" in (scopes_needed(view, request.method or "") or ())
    return "editor" if writes else "viewer"
