"""Asking for a file: the dialog with the formats, how far the file is, and the file."""

import json
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from rest_framework.exceptions import APIException

from hedgerow.api.errors import ValidationError
from hedgerow.exports.access import live_exports, readable_by
from hedgerow.exports.making import ask_for_export
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.recording import record_export
from hedgerow.exports.sending import file_response
from hedgerow.exports.serializers import ExportSerializer
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.exports.listing import told_of
from hedgerow.web.exports.wanted import FORMATS, wanted_of
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found, project_page, render_page


@project_page
def new(request: HttpRequest, project: Project) -> HttpResponseBase:
    """The dialog with the formats that what the page shows can be had in; what it sends asks for the file."""
    if request.method == "POST":
        return _ask(request, project)
    try:
        wanted = wanted_of(request, project)
    except APIException as error:
        return render_page(request, "web/exports/dialog.html", {"problem": sentence_of(error)})
    if wanted is None:
        return not_found(request)
    context = {
        "project": project,
        "title": wanted.title,
        "wanted": json.dumps(wanted.fields, ensure_ascii=False, separators=(",", ":")),
        "formats": [(word, *FORMATS[word][1:]) for word in wanted.formats],
        "has_columns": "csv" in wanted.formats,
        "leaves_out_look": wanted.leaves_out_look,
        "note": wanted.note,
    }
    return render_page(request, "web/exports/dialog.html", context)


@project_page
def progress(request: HttpRequest, project: Project, export_id: int) -> HttpResponseBase:
    """How far a file is, as a part of the dialog, which asks again until it is there."""
    asset = _found(request, project, export_id)
    if asset is None:
        return not_found(request)
    return render_page(request, "web/exports/progress.html", {"project": project, "export": told_of(asset)})


@project_page
def file(request: HttpRequest, project: Project, export_id: int) -> HttpResponseBase:
    """The file, to be saved under its name."""
    asset = _found(request, project, export_id)
    response = file_response(asset, request.headers.get("Range", ""), is_download=True) if asset else None
    return response or not_found(request)


def _ask(request: HttpRequest, project: Project) -> HttpResponseBase:
    try:
        asset = _asked_for(request, project)
    except APIException as error:
        refused = {"problem": sentence_of(error), "title": request.POST.get("title", "")}
        return render_page(request, "web/exports/dialog.html", refused)
    if "HX-Request" not in request.headers:
        return redirect(reverse("exports", args=[project.pk]))
    context = {"project": project, "export": told_of(asset)}
    return render_page(request, "web/exports/asked.html", context)


def draft_of(request: HttpRequest, project: Project) -> ExportedAsset:
    """The export that a dialog describes, as a table, and not stored. Raises APIException."""
    assert isinstance(request.user, User)
    return ExportedAsset(
        project=project, created_by=request.user, **_checked(request, project, ExportedAsset.Format.CSV)
    )


def _asked_for(request: HttpRequest, project: Project) -> ExportedAsset:
    """Ask for a file by the rules of the API. Raises APIException."""
    assert isinstance(request.user, User)
    word = request.POST.get("format", "")
    if word not in FORMATS:
        raise ValidationError("Choose a format.")
    asset = ask_for_export(project, request.user, **_checked(request, project, FORMATS[word][0]))
    record_export(asset)
    return asset


def _checked(request: HttpRequest, project: Project, export_format: str) -> dict[str, Any]:
    """The fields of the export that the dialog's form describes."""
    try:
        fields: Any = json.loads(request.POST.get("wanted", ""))
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise ValidationError("Choose a format.")
    given = {**fields, "export_format": export_format}
    if looks := _looks(request):
        context = fields.get("export_context")
        given["export_context"] = {**(context if isinstance(context, dict) else {}), **looks}
    serializer = ExportSerializer(data=given, context={"request": request, "project": project})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _looks(request: HttpRequest) -> dict[str, Any]:
    """How a table is to look: which columns it has, and whether they have readable names."""
    chosen = request.POST.getlist("column")
    # A column stands for those below it, which are not there twice.
    columns = [name for name in chosen if not any(name.startswith(f"{other}.") for other in chosen)]
    looks: dict[str, Any] = {"columns": columns} if columns else {}
    return looks | ({"readable_columns": True} if request.POST.get("readable") == "on" else {})


def _found(request: HttpRequest, project: Project, export_id: int) -> ExportedAsset | None:
    return readable_by(live_exports().filter(project=project), request.user, project).filter(pk=export_id).first()
