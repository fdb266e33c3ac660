"""Slack in the form of a subscription: the workspaces that are connected, and their channels."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.api.asked import is_whole
from hedgerow.integrations import connecting
from hedgerow.integrations.models import Integration
from hedgerow.integrations.naming import display_name
from hedgerow.integrations.secrets import bot_token
from hedgerow.integrations.serializers import NewIntegrationSerializer
from hedgerow.integrations.slack import SlackRefusedError, SlackUnreachableError
from hedgerow.integrations.slack import channels as channels_of
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.rendering import not_found, project_page, render_page
from hedgerow.web.subscriptions.form import problem_of, sent


@require_POST
@project_page
def connect(request: HttpRequest, project: Project) -> HttpResponse:
    """Connect a Slack workspace by its bot's token; the part of the form about Slack is answered."""
    assert isinstance(request.user, User)
    filled, problem = sent(request.POST), ""
    given = NewIntegrationSerializer(
        data={"kind": Integration.Kind.SLACK, "access_token": request.POST.get("bot-token", "").strip()}
    )
    try:
        given.is_valid(raise_exception=True)
        integration = connecting.connect_slack(project, request.user, given.validated_data["access_token"], {})
    except APIException as error:
        problem = "Put the token of a Slack bot here." if not request.POST.get("bot-token") else problem_of(error)
    else:
        filled = replace(filled, integration=integration.pk)
    context = {
        "project": project,
        "filled": filled,
        "workspaces": slack_workspaces(project),
        "slack_problem": problem,
        "was_connected": not problem,
    }
    return render_page(request, "web/subscriptions/slack.html", context)


@project_page
def channels(request: HttpRequest, project: Project) -> HttpResponse:
    """The channels of a workspace as Slack lists them now, to be offered where one is written."""
    given = request.GET.get("integration", "")
    workspaces = Integration.objects.filter(project=project, kind=Integration.Kind.SLACK)
    workspace = workspaces.filter(pk=int(given)).first() if is_whole(given) else None
    if workspace is None:
        return not_found(request)
    context: dict[str, Any] = {}
    try:
        context["channels"] = channels_of(bot_token(workspace))
    except SlackRefusedError as error:
        context["problem"] = f"Slack does not list the channels: {error}"
    except SlackUnreachableError:
        context["problem"] = connecting.UNREACHABLE
    return render_page(request, "web/subscriptions/channels.html", context)


def slack_workspaces(project: Project) -> list[tuple[int, str]]:
    """The ids and the names of the Slack workspaces that the project may post to."""
    rows = Integration.objects.filter(project=project, kind=Integration.Kind.SLACK).order_by("pk")
    return [(row.pk, display_name(row)) for row in rows]
