"""The gallery of dashboard templates, the page of one, and what can be done with it."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.dashboard_templates.applying import recipe_of
from hedgerow.dashboard_templates.copying import copy_template
from hedgerow.dashboard_templates.from_dashboard import recipe_from
from hedgerow.dashboard_templates.listing import find, listed_templates
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboard_templates.rules import check_may_edit
from hedgerow.dashboard_templates.saving import change_template, make_template
from hedgerow.dashboard_templates.schema import check_template
from hedgerow.dashboard_templates.serializers import DashboardTemplateSerializer
from hedgerow.dashboards.making import create_dashboard
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.dashboards.board import dashboard_of
from hedgerow.web.insights.choices import Choices
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found, project_context, project_page, projects_of, render_page
from hedgerow.web.template_preview import preview_of

LONGEST_SEARCH = 200
LARGEST_FILE = 2 * 1024 * 1024


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The templates the project is offered: its own first."""
    search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
    shown = [(each, preview_of(each.tiles)) for each in listed_templates(project, {"search": search})]
    context = {
        **project_context(request, project, "templates"),
        "own": [pair for pair in shown if _is_own(pair[0], project)],
        "built_in": [pair for pair in shown if not _is_own(pair[0], project)],
        "search": search,
    }
    return render_page(request, "web/templates/gallery.html", context)


@project_page
def detail(request: HttpRequest, project: Project, template_id: UUID) -> HttpResponse:
    """One template: what it makes, what has to be chosen for it, and what can be done with it."""
    template = find(project, template_id)
    if template is None:
        return not_found(request)
    return _detail(request, project, template)


@require_POST
@project_page
def change(request: HttpRequest, project: Project, template_id: UUID) -> HttpResponse:
    """Do something with a template: `do` says what."""
    template = find(project, template_id)
    action = _ACTIONS.get(request.POST.get("do", ""))
    if template is None or action is None:
        return not_found(request)
    try:
        return action(request, project, template)
    except APIException as error:
        return _detail(request, project, template, sentence_of(error))


@project_page
def download(request: HttpRequest, project: Project, template_id: UUID) -> HttpResponse:
    """A template as a file, which `upload` takes."""
    template = find(project, template_id)
    if template is None:
        return not_found(request)
    kept = {name: value for name, value in recipe_of(template).items() if value is not None}
    whole = {"dashboard_description": "", "dashboard_filters": {}, **kept}
    response = HttpResponse(json.dumps(whole, ensure_ascii=False, indent=2), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{slugify(str(template)) or "template"}.json"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@project_page
def upload(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a template of a file, or of JSON that was written into the form."""
    try:
        recipe = _read(request)
        check_template(recipe)
        template = _store(request, project, {name: recipe.get(name) for name in _RECIPE if name in recipe})
    except APIException as error:
        messages.error(request, f"This is no template: {sentence_of(error)}")
        return redirect("templates", project.pk)
    messages.success(request, f"Made the template “{template}”.")
    return redirect("template", project.pk, template.pk)


@project_page
def save(request: HttpRequest, project: Project, dashboard_id: int) -> HttpResponse:
    """Make a template of a dashboard."""
    dashboard = dashboard_of(project, dashboard_id, request.user)
    if dashboard is None:
        return not_found(request)
    recipe, problem = recipe_from(dashboard, request.user), ""
    if request.method == "POST":
        recipe |= {"template_name": _text(request, "name"), "dashboard_description": _text(request, "description")}
        recipe["tags"] = _tags(request)
        try:
            template = _store(request, project, recipe)
        except APIException as error:
            problem = sentence_of(error)
        else:
            messages.success(request, f"Made the template “{template}”.")
            return redirect("template", project.pk, template.pk)
    context = {
        **project_context(request, project, "templates"),
        "dashboard": dashboard,
        "recipe": recipe,
        "tags": ", ".join(recipe["tags"]),
        "preview": preview_of(recipe["tiles"]),
        "problem": problem,
    }
    return render_page(request, "web/templates/save.html", context, status=422 if problem else 200)


def _detail(request: HttpRequest, project: Project, template: DashboardTemplate, problem: str = "") -> HttpResponse:
    assert isinstance(request.user, User)
    is_own = _is_own(template, project)
    others = [each for each in projects_of(request.user) if each.pk != project.pk]
    context = {
        **project_context(request, project, "templates"),
        "template": template,
        "is_own": is_own,
        "preview": preview_of(template.tiles),
        "variables": _asked_for(request, project, template),
        "name": request.POST.get("dashboard_name", template.template_name or ""),
        "tags": ", ".join(map(str, template.tags or [])),
        "others": [each for each in others if each.organization_id == project.organization_id] if is_own else [],
        "problem": problem,
    }
    return render_page(request, "web/templates/template.html", context, status=422 if problem else 200)


def _is_own(template: DashboardTemplate, project: Project) -> bool:
    return template.project_id == project.pk and template.scope == DashboardTemplate.Scope.TEAM


def _asked_for(request: HttpRequest, project: Project, template: DashboardTemplate) -> list[dict[str, Any]]:
    """The template's variables of events, each with what can be chosen for it and what is."""
    choices = Choices(project, request.user)
    asked = []
    for number, each in enumerate(template.variables or []):
        if not isinstance(each, dict) or each.get("type") != "event":
            continue
        field = f"variable-{number}"
        chosen = request.POST.get(field, _value_of(each.get("default")))
        asked.append({"field": field, "variable": each, "chosen": chosen, "groups": choices.event_options([chosen])})
    return asked


def _value_of(entity: Any) -> str:
    """An event or action as the choices name it."""
    if not isinstance(entity, dict) or entity.get("id") in (None, ""):
        return ""
    return f"action:{entity['id']}" if entity.get("type") == "actions" else str(entity["id"])


def _made(request: HttpRequest, project: Project, template: DashboardTemplate) -> HttpResponse:
    recipe = recipe_of(template)
    recipe["variables"] = [
        {**each, "default": _chosen(request, f"variable-{number}", project, each)} if isinstance(each, dict) else each
        for number, each in enumerate(template.variables or [])
    ]
    dashboard = create_dashboard(project, request.user, template=recipe, name=_text(request, "dashboard_name") or None)
    return redirect("dashboard", project.pk, dashboard.pk)


def _chosen(request: HttpRequest, field: str, project: Project, variable: dict[str, Any]) -> Any:
    """What was chosen for a variable, with what its default says beside the event."""
    default = variable.get("default")
    value = request.POST.get(field)
    if value is None or value == _value_of(default):
        return default
    kept = {name: each for name, each in default.items() if name == "math"} if isinstance(default, dict) else {}
    if not value:
        return {}
    if value.startswith("action:"):
        names = Choices(project, request.user).actions
        number = value.removeprefix("action:")
        if not number.isdecimal() or int(number) not in names:
            raise ValidationError("This action is not there any more.", attr="variables")
        return {**kept, "id": int(number), "name": names[int(number)], "type": "actions"}
    return {**kept, "id": value, "name": value, "type": "events"}


def _renamed(request: HttpRequest, project: Project, template: DashboardTemplate) -> HttpResponse:
    fields = {
        "template_name": _text(request, "name"),
        "dashboard_description": _text(request, "description"),
        "tags": _tags(request),
    }
    if not fields["template_name"]:
        raise ValidationError("Write a name.", attr="template_name")
    changed = _update(request, project, template, fields)
    messages.success(request, f"Saved “{changed}”.")
    return redirect("template", project.pk, template.pk)


def _deleted(request: HttpRequest, project: Project, template: DashboardTemplate) -> HttpResponse:
    _update(request, project, template, {"deleted": True})
    messages.success(request, f"Deleted “{template}”.", extra_tags=f"undo {template.pk}")
    return redirect("templates", project.pk)


def _restored(request: HttpRequest, project: Project, template: DashboardTemplate) -> HttpResponse:
    _update(request, project, template, {"deleted": False})
    messages.success(request, f"Restored “{template}”.")
    return redirect("template", project.pk, template.pk)


def _copied(request: HttpRequest, project: Project, template: DashboardTemplate) -> HttpResponse:
    assert isinstance(request.user, User)
    wanted = request.POST.get("project", "")
    target = projects_of(request.user).filter(pk=int(wanted)).first() if is_whole(wanted) else None
    if target is None:
        raise NotFound("Choose a project.")
    copy = copy_template(template.pk, target, request.user)
    messages.success(request, f"Copied to {target.name} as “{copy}”.")
    return redirect("template", project.pk, template.pk)


_ACTIONS: dict[str, Callable[[HttpRequest, Project, DashboardTemplate], HttpResponse]] = {
    "make": _made,
    "rename": _renamed,
    "delete": _deleted,
    "restore": _restored,
    "copy": _copied,
}
_RECIPE = ("template_name", "dashboard_description", "dashboard_filters", "tags", "tiles", "variables")


def _store(request: HttpRequest, project: Project, recipe: dict[str, Any]) -> DashboardTemplate:
    """A new template of the project. Raises ValidationError."""
    assert isinstance(request.user, User)
    if not recipe.get("template_name"):
        raise ValidationError("Write a name.", attr="template_name")
    serializer = DashboardTemplateSerializer(data=recipe, context={"request": request, "project": project})
    serializer.is_valid(raise_exception=True)
    return make_template(serializer, project, request.user)


def _update(
    request: HttpRequest, project: Project, template: DashboardTemplate, fields: dict[str, Any]
) -> DashboardTemplate:
    assert isinstance(request.user, User)
    if not _is_own(template, project):
        check_may_edit(template, request.user)
    context = {"request": request, "project": project}
    serializer = DashboardTemplateSerializer(template, data=fields, partial=True, context=context)
    serializer.is_valid(raise_exception=True)
    return change_template(serializer, project, request.user)


def _read(request: HttpRequest) -> dict[str, Any]:
    """The JSON that was sent as a file or as text. Raises ValidationError."""
    sent = request.FILES.get("file")
    if sent is not None and (sent.size or 0) > LARGEST_FILE:
        raise ValidationError("the file is larger than 2 MB.")
    text = sent.read() if sent is not None else request.POST.get("json", "").encode()
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(f"it is not JSON ({error}).") from None
    if not isinstance(recipe, dict):
        raise ValidationError("it is not a JSON object.")
    return recipe


def _text(request: HttpRequest, name: str) -> str:
    return " ".join(request.POST.get(name, "").split())


def _tags(request: HttpRequest) -> list[str]:
    tags = (tag.strip().lower() for tag in request.POST.get("tags", "").split(","))
    return list(dict.fromkeys(tag for tag in tags if tag))
