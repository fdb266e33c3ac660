"""Paths of the pages. Everything of a project is under `/project/<id>/`; the short paths lead to the current one."""

from functools import partial

from django.urls import URLPattern, path, re_path, register_converter

from hedgerow.sso import views as sso
from hedgerow.web import (
    activity,
    cohorts,
    connect,
    definitions,
    events,
    exporter,
    generated_code,
    groups,
    home,
    persons,
    sharing,
    sql,
    template_gallery,
    unsubscribe,
    visits,
)
from hedgerow.web.accounts import account, device, door, mailed, second_factor, single_sign_on
from hedgerow.web.accounts import keys as personal_keys
from hedgerow.web.dashboards import board as dashboard_board
from hedgerow.web.dashboards import changing as dashboard_changing
from hedgerow.web.dashboards import dialogs as dashboard_dialogs
from hedgerow.web.dashboards import listing as dashboard_listing
from hedgerow.web.exports import asking as exporting
from hedgerow.web.exports import choosing as choosing_columns
from hedgerow.web.exports import listing as exports
from hedgerow.web.insights import page as insights
from hedgerow.web.insights import people as insight_people
from hedgerow.web.insights import values as insight_values
from hedgerow.web.insights.kinds import InsightKindConverter
from hedgerow.web.organization import activity as organization_activity
from hedgerow.web.organization import domain as organization_domain
from hedgerow.web.organization import domains as organization_domains
from hedgerow.web.organization import general as organization_general
from hedgerow.web.organization import invites as organization_invites
from hedgerow.web.organization import members as organization_members
from hedgerow.web.organization import new as new_organization
from hedgerow.web.organization import place as organization
from hedgerow.web.organization import roles as organization_roles
from hedgerow.web.organization import scim_log
from hedgerow.web.project_settings import access as project_access
from hedgerow.web.project_settings import general as project_settings
from hedgerow.web.project_settings import secret_keys
from hedgerow.web.recordings import listing as recordings
from hedgerow.web.recordings import player
from hedgerow.web.rendering import not_found
from hedgerow.web.saved_insights import changing, saving
from hedgerow.web.saved_insights import listing as saved_insights
from hedgerow.web.saved_insights import page as saved_insight
from hedgerow.web.search import page as search
from hedgerow.web.shared import page as shared
from hedgerow.web.subscriptions import changing as changing_subscriptions
from hedgerow.web.subscriptions import dialog as subscribing
from hedgerow.web.subscriptions import pages as subscriptions
from hedgerow.web.subscriptions import preview as recurrence
from hedgerow.web.subscriptions import slack as slack_for_subscriptions
from hedgerow.web.tree import page as tree

register_converter(InsightKindConverter, "insight_kind")

PAGES = (
    ("setup", door.setup, "setup"),
    ("login", door.sign_in, "login"),
    ("login/code", door.second_step, "login_code"),
    ("login/sso", single_sign_on.page, "sso"),
    ("login/<str:provider>", sso.start, "start_sso"),
    ("complete/<str:provider>", sso.finish, "finish_sso"),
    ("organization/confirm-creation", single_sign_on.confirm_organization, "confirm_organization"),
    ("organization", organization.current, "organization"),
    ("organization/new", new_organization.page, "new_organization"),
    ("organization/<uuid:organization_id>", organization_general.page, "organization_general"),
    ("organization/<uuid:organization_id>/members", organization_members.page, "organization_members"),
    ("organization/<uuid:organization_id>/invites", organization_invites.page, "organization_invites"),
    ("organization/<uuid:organization_id>/roles", organization_roles.page, "organization_roles"),
    ("organization/<uuid:organization_id>/roles/<uuid:role_id>", organization_roles.detail, "organization_role"),
    ("organization/<uuid:organization_id>/domains", organization_domains.page, "organization_domains"),
    ("organization/<uuid:organization_id>/domains/<uuid:domain_id>", organization_domain.page, "organization_domain"),
    ("organization/<uuid:organization_id>/domains/<uuid:domain_id>/scim", scim_log.page, "scim_log"),
    ("organization/<uuid:organization_id>/saml", organization_domains.saml_metadata, "saml_metadata_file"),
    ("organization/<uuid:organization_id>/activity", organization_activity.page, "organization_activity"),
    ("logout", door.sign_out, "logout"),
    ("signup/<str:invite_id>", door.accept_invite, "invite"),
    ("reset", mailed.forgotten, "ask_for_reset"),
    ("reset/<str:user_uuid>/<str:token>", mailed.new_password, "new_password"),
    ("verify_email/<str:user_uuid>", mailed.awaiting, "awaiting_verification"),
    ("verify_email/<str:user_uuid>/<str:token>", mailed.confirm, "confirm_email"),
    ("account", account.page, "account"),
    ("account/second-factor", second_factor.setup, "second_factor"),
    ("account/backup-codes", second_factor.backup_codes, "backup_codes"),
    ("account/confirm", second_factor.confirm, "confirm_password"),
    ("account/keys/new", personal_keys.new, "new_personal_key"),
    ("account/keys/<str:key_id>", personal_keys.edit, "personal_key"),
    ("cli/authorize", device.page, "authorize_device"),
    ("shared/<str:address>", shared.page, "shared"),
    ("shared_dashboard/<str:address>", shared.page, "shared_dashboard"),
    ("embedded/<str:address>", shared.embedded, "embedded"),
    ("unsubscribe", unsubscribe.page, "unsubscribe"),
    ("exporter", exporter.page, "exporter"),
    ("exporter/<str:name>", exporter.file, "exported_file"),
    ("events", partial(home.current, page="events"), "current_events"),
    ("trends", partial(home.current, page="trends"), "current_trends"),
    ("insights", partial(home.current, page="insights"), "current_insights"),
    ("sql", partial(home.current, page="sql"), "current_sql"),
    ("replay", partial(home.current, page="recordings"), "current_recordings"),
    ("connect", partial(home.current, page="connect"), "current_connect"),
    ("project/<int:project_id>", home.project, "project"),
    ("project/<int:project_id>/settings", project_settings.page, "project_settings"),
    ("project/<int:project_id>/settings/keys", secret_keys.page, "secret_keys"),
    ("project/<int:project_id>/settings/keys/<str:key_id>", secret_keys.edit, "secret_key"),
    ("project/<int:project_id>/settings/access", project_access.page, "project_access"),
    ("project/<int:project_id>/connect", connect.page, "connect"),
    ("project/<int:project_id>/connect/first-event", connect.first_event, "first_event"),
    ("project/<int:project_id>/events", events.page, "events"),
    ("project/<int:project_id>/events/new", events.new_rows, "new_events"),
    ("project/<int:project_id>/events/<uuid:event_uuid>", events.detail, "event"),
    ("project/<int:project_id>/sql", sql.page, "sql"),
    ("project/<int:project_id>/sql.csv", sql.table, "sql_table"),
    ("project/<int:project_id>/sql/functions", sql.functions, "sql_functions"),
    ("project/<int:project_id>/web", visits.page, "web"),
    ("project/<int:project_id>/replay", recordings.page, "recordings"),
    ("project/<int:project_id>/replay/switch", recordings.switch, "switch_recording"),
    ("project/<int:project_id>/replay/<str:session_id>", player.page, "recording"),
    ("project/<int:project_id>/replay/<str:session_id>/delete", player.delete, "delete_recording"),
    ("project/<int:project_id>/persons", persons.page, "persons"),
    ("project/<int:project_id>/persons/<uuid:person_uuid>", persons.detail, "person"),
    ("project/<int:project_id>/persons/<uuid:person_uuid>/change", persons.change, "change_person"),
    ("project/<int:project_id>/cohorts", cohorts.page, "cohorts"),
    ("project/<int:project_id>/cohorts/new", cohorts.new, "new_cohort"),
    ("project/<int:project_id>/cohorts/<int:cohort_id>", cohorts.detail, "cohort"),
    ("project/<int:project_id>/cohorts/<int:cohort_id>/change", cohorts.change, "change_cohort"),
    ("project/<int:project_id>/groups/<int:index>", groups.page, "groups"),
    ("project/<int:project_id>/groups/<int:index>/group", groups.detail, "group"),
    ("project/<int:project_id>/groups/<int:index>/change", groups.change, "change_group"),
    ("project/<int:project_id>/data/events", definitions.events, "event_definitions"),
    ("project/<int:project_id>/data/events/<uuid:definition_id>", definitions.event, "event_definition"),
    (
        "project/<int:project_id>/data/events/<uuid:definition_id>/change",
        partial(definitions.change, of="event"),
        "change_event_definition",
    ),
    ("project/<int:project_id>/data/code/<slug:language>", generated_code.download, "generated_code"),
    ("project/<int:project_id>/data/properties", definitions.properties, "property_definitions"),
    ("project/<int:project_id>/data/properties/<uuid:definition_id>", definitions.property_page, "property_definition"),
    ("project/<int:project_id>/data/properties/<uuid:definition_id>/fit", definitions.property_fit, "property_fit"),
    (
        "project/<int:project_id>/data/properties/<uuid:definition_id>/change",
        partial(definitions.change, of="property"),
        "change_property_definition",
    ),
    ("project/<int:project_id>/dashboards", dashboard_listing.page, "dashboards"),
    ("project/<int:project_id>/dashboards/new", dashboard_listing.new, "new_dashboard"),
    ("project/<int:project_id>/dashboard/<int:dashboard_id>", dashboard_board.page, "dashboard"),
    ("project/<int:project_id>/dashboard/<int:dashboard_id>/change", dashboard_changing.change, "change_dashboard"),
    (
        "project/<int:project_id>/dashboard/<int:dashboard_id>/tile/<int:tile_id>",
        dashboard_board.answer,
        "dashboard_tile",
    ),
    (
        "project/<int:project_id>/dashboard/<int:dashboard_id>/dialog/<slug:name>",
        dashboard_dialogs.dialog,
        "dashboard_dialog",
    ),
    ("project/<int:project_id>/activity", activity.page, "activity"),
    ("project/<int:project_id>/search", search.page, "search"),
    ("project/<int:project_id>/templates", template_gallery.page, "templates"),
    ("project/<int:project_id>/templates/upload", template_gallery.upload, "upload_template"),
    ("project/<int:project_id>/templates/<uuid:template_id>", template_gallery.detail, "template"),
    ("project/<int:project_id>/templates/<uuid:template_id>/change", template_gallery.change, "change_template"),
    ("project/<int:project_id>/templates/<uuid:template_id>.json", template_gallery.download, "download_template"),
    ("project/<int:project_id>/dashboard/<int:dashboard_id>/template", template_gallery.save, "save_as_template"),
    ("project/<int:project_id>/files", tree.page, "files"),
    ("project/<int:project_id>/files/tree", tree.tree, "tree"),
    ("project/<int:project_id>/files/tree/folder", tree.folder, "tree_folder"),
    ("project/<int:project_id>/files/entry/<uuid:entry_id>", tree.entry, "tree_entry"),
    ("project/<int:project_id>/files/change", tree.change, "change_tree"),
    ("insights/<slug:insight__short_id>/subscriptions/<int:subscription_id>", subscriptions.short, "insight_manage"),
    ("dashboard/<int:dashboard_id>/subscriptions/<int:subscription_id>", subscriptions.short, "dashboard_manage"),
    (
        "project/<int:project_id>/insights/<slug:short_id>/subscriptions/<int:subscription_id>",
        subscriptions.of_insight,
        "insight_subscription",
    ),
    (
        "project/<int:project_id>/dashboard/<int:dashboard_id>/subscriptions/<int:subscription_id>",
        subscriptions.of_dashboard,
        "dashboard_subscription",
    ),
    ("project/<int:project_id>/subscriptions", subscriptions.page, "subscriptions"),
    ("project/<int:project_id>/subscriptions/preview", recurrence.preview, "subscription_preview"),
    ("project/<int:project_id>/subscriptions/slack", slack_for_subscriptions.connect, "connect_slack"),
    ("project/<int:project_id>/subscriptions/channels", slack_for_subscriptions.channels, "slack_channels"),
    (
        "project/<int:project_id>/subscriptions/of/<slug:kind>/<str:object_id>",
        subscribing.of_resource,
        "subscriptions_of",
    ),
    ("project/<int:project_id>/subscriptions/new/<slug:kind>/<str:object_id>", subscribing.new, "new_subscription"),
    ("project/<int:project_id>/subscriptions/<int:subscription_id>", subscriptions.detail, "subscription"),
    ("project/<int:project_id>/subscriptions/<int:subscription_id>/edit", subscribing.edit, "edit_subscription"),
    (
        "project/<int:project_id>/subscriptions/<int:subscription_id>/change",
        changing_subscriptions.change,
        "change_subscription",
    ),
    ("project/<int:project_id>/exports", exports.page, "exports"),
    ("project/<int:project_id>/exports/new", exporting.new, "new_export"),
    ("project/<int:project_id>/exports/columns", choosing_columns.columns, "export_columns"),
    ("project/<int:project_id>/exports/<int:export_id>/progress", exporting.progress, "export_progress"),
    ("project/<int:project_id>/exports/<int:export_id>/file", exporting.file, "export_file"),
    ("project/<int:project_id>/sharing/<slug:kind>/<str:object_id>", sharing.page, "sharing_dialog"),
    ("project/<int:project_id>/trends", insights.trends, "trends"),
    ("project/<int:project_id>/insights", saved_insights.page, "saved_insights"),
    ("project/<int:project_id>/insights", saved_insights.page, "insights"),
    ("project/<int:project_id>/insights/values", insight_values.suggestions, "property_values"),
    ("project/<int:project_id>/insights/save", saving.save, "save_insight"),
    ("project/<int:project_id>/insights/<insight_kind:slug>", insights.page, "insight"),
    ("project/<int:project_id>/insights/<insight_kind:slug>/people", insight_people.page, "insight_people"),
    ("project/<int:project_id>/insights/<slug:short_id>", saved_insight.page, "saved_insight"),
    ("project/<int:project_id>/insights/<slug:short_id>/change", changing.change, "change_insight"),
    ("project/<int:project_id>/insights/<slug:short_id>/dashboards", changing.dashboards, "insight_dashboards"),
    ("project/<int:project_id>/insights/<slug:short_id>/history", saved_insight.history, "insight_history"),
)
"""Each path, also with a slash at its end, its view and its name."""

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    # Addresses are made from the last pattern of a name: the one without the slash.
    *(path(f"{address}{slash}", view, name=name) for slash in ("/", "") for address, view, name in PAGES),
    re_path(r"^(?!api(?:/|$)).*$", not_found),
]
