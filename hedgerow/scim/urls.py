"""Paths under `/scim/v2/`; a slash at the end is optional."""

from django.urls import URLPattern, re_path

from hedgerow.scim import views

_PATHS = (
    (r"(?:Bulk|Me|(?:(?:Users|Groups)/)?\.search)", views.NotOfferedView),
    ("Users", views.UsersView),
    ("Users/(?P<id>[^/]+)", views.UserView),
    ("Groups", views.GroupsView),
    ("Groups/(?P<id>[^/]+)", views.GroupView),
    ("ServiceProviderConfig", views.ServiceProviderConfigView),
    ("ResourceTypes", views.ResourceTypesView),
    ("ResourceTypes/(?P<id>[^/]+)", views.ResourceTypesView),
    ("Schemas", views.SchemasView),
    ("Schemas/(?P<id>[^/]+)", views.SchemasView),
    (".*", views.NowhereView),
)

urlpatterns: list[URLPattern] = [
    re_path(rf"^(?P<domain_id>[^/]+)/{path}/?$", view.as_view(), name=f"scim_{view.__name__}") for path, view in _PATHS
]
