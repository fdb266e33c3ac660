"""Making one more organization."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from rest_framework.exceptions import APIException
from rest_framework.serializers import BaseSerializer

from hedgerow.api.asked import checked
from hedgerow.organizations.history import note_organization
from hedgerow.organizations.models import User
from hedgerow.organizations.serializers import OrganizationSerializer
from hedgerow.organizations.signup import found_organization, require_signup_open, signup_is_open
from hedgerow.web.accounts.own import account_page, own_page
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found
from hedgerow.web.sent_forms import sent


@own_page
def page(request: HttpRequest, user: User) -> HttpResponse:
    """An organization with a first project, owned by who makes it; only where the server lets people found some."""
    if not signup_is_open():
        return not_found(request)
    context = {"name": sent(request, "name"), "problem": ""}
    if request.method == "POST":
        try:
            return _found(request, user)
        except APIException as error:
            context["problem"] = sentence_of(error)
    return account_page(request, user, "web/organization/new.html", context, status=400 if context["problem"] else 200)


@transaction.atomic
def _found(request: HttpRequest, user: User) -> HttpResponse:
    require_signup_open()
    fields = {"name": sent(request, "name")}
    serializer: BaseSerializer[Any] = OrganizationSerializer(data=fields, context={"request": request})
    checked(serializer)
    organization = serializer.save()
    project = found_organization(organization, user)
    note_organization("created", organization, user)
    user.work_in(project)
    return redirect("organization_general", organization.pk)
