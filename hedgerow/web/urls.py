"""Paths of the pages. Everything of a project is under `/project/<id>/`; the short paths lead to the current one."""

from django.urls import URLPattern, path, re_path

from hedgerow.web import accounts, connect, events, home, trends
from hedgerow.web.rendering import not_found

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("setup", accounts.setup, name="setup"),
    path("login", accounts.sign_in, name="login"),
    path("logout", accounts.sign_out, name="logout"),
    path("signup/<str:invite_id>", accounts.accept_invite, name="invite"),
    path("events", home.current, {"page": "events"}),
    path("trends", home.current, {"page": "trends"}),
    path("connect", home.current, {"page": "connect"}),
    path("project/<int:project_id>", home.project, name="project"),
    path("project/<int:project_id>/connect", connect.page, name="connect"),
    path("project/<int:project_id>/connect/first-event", connect.first_event, name="first_event"),
    path("project/<int:project_id>/events", events.page, name="events"),
    path("project/<int:project_id>/events/new", events.new_rows, name="new_events"),
    path("project/<int:project_id>/events/<uuid:event_uuid>", events.detail, name="event"),
    path("project/<int:project_id>/trends", trends.page, name="trends"),
    re_path(r"^(?!api(?:/|$)).*$", not_found),
]
