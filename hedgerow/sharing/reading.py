"""Reading what is shared over the API, with its token or a pass in place of an account.

A request that carries either never reaches the view for members: `SharedReading` answers it, from what the share shows
and nothing else.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.api.asked import is_on, is_whole
from hedgerow.api.errors import AuthenticationFailed, NotFound, PermissionDenied
from hedgerow.api.paging import LimitOffset
from hedgerow.api.views import ProjectViewSet
from hedgerow.dashboards.models import Dashboard
from hedgerow.recordings.snapshots import AnyAccepted, snapshots_response
from hedgerow.saved_insights.models import Insight
from hedgerow.sharing import passes
from hedgerow.sharing.objects import DASHBOARD, INSIGHT, RECORDING
from hedgerow.sharing.opening import Share, bearer, find_share
from hedgerow.sharing.payload import brief_insight, brief_recording, shown_insights, told_insight, told_object
from hedgerow.sharing.recordings import Recording

TOKEN_PARAMETER = "sharing_access_token"  # noqa: S105 - the name of a parameter


class OpenToShares(ProjectViewSet[Any]):
    """A resource of which what is shared can be read without an account; `shared_kind` is what its objects are."""

    shared_kind: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer the request, apart from members' ones where it is made in the name of a share."""
        if not _carries_share(request):
            return super().dispatch(request, *args, **kwargs)
        action = (self.action_map or {}).get((request.method or "").lower())
        return SharedReading.as_view(shared_kind=self.shared_kind, action=action)(request, *args, **kwargs)


class ShareAuthentication(BaseAuthentication):
    """The token of a share in the query, or the pass to one in `Authorization: Bearer`. Stands for nobody."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Share]:
        """Nobody, and the share. Raises AuthenticationFailed."""
        if request.method not in ("GET", "HEAD"):
            raise AuthenticationFailed("Sharing access token can only be used for GET requests.")
        given_pass = bearer(request._request)
        token = request.query_params.get(TOKEN_PARAMETER)
        share = find_share(token or passes.token_of(given_pass or "") or "")
        if share is None:
            raise AuthenticationFailed("Sharing access token is invalid.")
        needs_pass = token is None or share.configuration.password_required
        if needs_pass and not (given_pass and passes.opens(given_pass, share.configuration)):
            raise AuthenticationFailed("Sharing access token is invalid.")
        return AnonymousUser(), share

    def authenticate_header(self, request: Request) -> str:
        """The challenge in answers to those who may not."""
        return "Bearer"


class SharedReading(APIView):
    """One insight, dashboard or recording, or a list of insights, as a share shows them."""

    authentication_classes = [ShareAuthentication]
    content_negotiation_class = AnyAccepted
    permission_classes = []
    pagination_class = LimitOffset
    shared_kind: str = ""
    action: str | None = None

    def get(self, request: Request, pk: str = "", project_id: str | None = None, **path: str) -> HttpResponseBase:
        """What is asked for, if the share shows it. Raises NotFound, and PermissionDenied for what no share shows."""
        share: Any = request.auth
        if project_id is not None and project_id != str(share.shared.project.pk):
            raise NotFound()
        if self.shared_kind == INSIGHT and self.action == "list":
            return self._insights(request, share)
        if self.shared_kind == RECORDING and self.action in ("retrieve", "snapshots"):
            return self._recording(request, share, pk)
        if self.action != "retrieve":
            raise PermissionDenied("This cannot be read with a sharing access token.")
        return Response(self._insight(request, share, pk) if self.shared_kind == INSIGHT else self._board(share, pk))

    def _insights(self, request: Request, share: Share) -> Response:
        insights = Insight.objects.all()
        if short_id := request.query_params.get("short_id"):
            insights = insights.filter(short_id=short_id)
        pages = LimitOffset()
        page = pages.paginate_queryset(shown_insights(share.shared, insights), request, self) or []
        if is_on(request, "basic"):
            found = [brief_insight(share, *shown) for shown in page]
        else:
            found = [told_insight(share, *shown, _asked_refresh(request)) for shown in page]
        return pages.get_paginated_response(found)

    def _insight(self, request: Request, share: Share, pk: str) -> dict[str, Any]:
        shown = shown_insights(share.shared, _insights_called(pk))
        if not shown:
            raise NotFound()
        return told_insight(share, *shown[0], _asked_refresh(request))

    def _board(self, share: Share, pk: str) -> dict[str, Any]:
        item = share.shared.item
        if share.shared.kind != DASHBOARD or not isinstance(item, Dashboard) or pk != str(item.pk):
            raise NotFound()
        return told_object(share, _asked_refresh(self.request))

    def _recording(self, request: Request, share: Share, pk: str) -> HttpResponseBase:
        item = share.shared.item
        if not isinstance(item, Recording) or pk != item.session_id:
            raise NotFound()
        if self.action == "snapshots":
            return snapshots_response(request, share.shared.project, item.session_id)
        return Response(brief_recording(item))


def _carries_share(request: HttpRequest) -> bool:
    """Whether a request is made in the name of a share: a pass has three parts, which no key has."""
    return TOKEN_PARAMETER in request.GET or (bearer(request) or "").count(".") == 2


def _insights_called(given: str) -> "QuerySet[Insight]":
    if is_whole(given):
        return Insight.objects.filter(pk=int(given))
    return Insight.objects.filter(short_id=given) if "\0" not in given else Insight.objects.none()


def _asked_refresh(request: Request) -> str:
    return request.query_params.get("refresh", "")
