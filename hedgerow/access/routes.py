"""Paths of roles and access rules."""

from hedgerow.access.role_views import RoleMembershipsViewSet, RolesViewSet
from hedgerow.access.views import (
    ActionAccessView,
    CohortAccessView,
    DashboardAccessView,
    InsightAccessView,
    KindAccessView,
    ProjectAccessView,
)
from hedgerow.api.routing import ProjectRouter

_OBJECTS = {
    "actions": ActionAccessView,
    "cohorts": CohortAccessView,
    "dashboards": DashboardAccessView,
    "insights": InsightAccessView,
}


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_organization("roles", RolesViewSet, "roles")
    router.register_organization(
        "roles/(?P<role_id>[^/]+)/role_memberships", RoleMembershipsViewSet, "role_memberships"
    )
    router.register_view("access_controls", ProjectAccessView, "access_controls")
    router.register_view("resource_access_controls", KindAccessView, "resource_access_controls")
    for name, view in _OBJECTS.items():
        router.register_view(f"{name}/(?P<object_id>[^/]+)/access_controls", view, f"{name}_access_controls")
