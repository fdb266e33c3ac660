"""An organization in which there is one of everything that has an id, so that others can try to reach it."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from hedgerow.access.models import Role, RoleMembership
from hedgerow.accounts.models import DeviceCode, LoginSession
from hedgerow.actions.models import Action
from hedgerow.activity.recording import record_activity
from hedgerow.api.levels import Level
from hedgerow.blobs.store import store
from hedgerow.cohorts.models import Cohort, StaticMember
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboards.models import Collaborator, Dashboard, Text, Tile, Variable
from hedgerow.domains.models import Domain
from hedgerow.eventstore.client import EventStore
from hedgerow.exports.models import ExportedAsset
from hedgerow.files.models import Entry, Shortcut
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.integrations.models import Integration
from hedgerow.organizations.models import Invite, Membership, Organization, PersonalAPIKey, User
from hedgerow.persons.models import Person
from hedgerow.project_secret_keys.rules import create_key
from hedgerow.projects.models import Project
from hedgerow.queries.models import QueryJob
from hedgerow.recordings.loading import RecordingLoader
from hedgerow.saved_insights.models import Insight
from hedgerow.scim.models import ProvisionedUser
from hedgerow.settings import load_settings
from hedgerow.sharing.models import SharePassword, SharingConfiguration
from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from tests.accounts import Account, add_member
from tests.recordings.spooling import click, piece, visit, write_segment
from tests.web.peopled import make_person
from tests.web.visiting import Visitor

TREND = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}

STEP = dict.fromkeys(("selector", "text", "text_matching", "href", "href_matching", "url", "url_matching", "tag_name"))
STEP |= {"event": "$pageview", "properties": None}


@dataclass(frozen=True)
class Filled:
    """An organization, its owner, and what is in it.

    `word` is part of every name and text of it. `ids` are the ids in paths by the segment before them, each in all the
    forms that the API knows it by.
    """

    word: str
    account: Account
    friend: User
    membership: Membership
    role: Role
    domain: Domain
    person: Person
    distinct_id: str
    dashboard: Dashboard
    tile: Tile
    text_tile: Tile
    second_dashboard: Dashboard
    board_share: SharingConfiguration
    secret_key: str
    scim_token: str
    ids: dict[str, list[str]]

    def one(self, of: str) -> str:
        """The id of the thing that stands behind this segment of paths."""
        return self.ids[of][0]

    def number(self, of: str) -> int:
        """The same where it is a whole number."""
        return int(self.one(of))


def fill(word: str, event_store: EventStore, spool: Path, group_type_index: int) -> Filled:
    """Make the organization. Its one type of groups has this index."""
    organization = Organization.objects.create(name=f"{word} organization")
    # Ids start anew with each test that is rolled back, but events stay.
    number = uuid.uuid4().int % 2_000_000_000 + 1_000
    project = Project.objects.create(
        id=number, organization=organization, name=f"{word} project", timezone="UTC", session_recording_opt_in=True
    )
    visitor = Visitor(project, event_store, email=f"{word}@example.com")
    owner = visitor.user
    Membership.objects.filter(user=owner).update(level=Level.OWNER)
    owner.current_organization, owner.current_project = organization, project
    owner.save()
    visitor.client.logout()
    friend = add_member(organization, email=f"{word}-friend@example.com", first_name=word)
    account = Account(owner, organization, project)
    made: dict[str, Any] = {"projects": [project], "organizations": [organization]}
    made |= _people(word, account, friend)
    distinct_id = uuid.uuid4().hex
    made |= _analysed(word, visitor, distinct_id, group_type_index)
    made |= _saved(word, account, friend)
    made |= _sent(word, account, made["insights"][0])
    session = _recorded(word, account, distinct_id, spool, event_store)
    made["session_recordings"] = [session]
    board, tile, text_tile = made.pop("board")
    second = Dashboard.objects.create(project=project, name=f"{word} second", created_by=owner, restriction_level=37)
    user_code = f"{word[:4].upper()}-0000"
    DeviceCode.objects.create(device_code_hash=word, user_code=user_code)
    shares, passwords = _shared(account, board, made["insights"][0], session)
    made["passwords"], made["tile"] = passwords, [tile]
    key, secret = create_key(project, label=word, scopes=["feature_flag:read", "account:read"], by=owner)
    made["project_secret_api_keys"] = [key]
    domain, role = made["domains"][0], made["roles"][0]
    scim_token = domain.give_scim_token()
    domain.save()
    insight = made["insights"][0]
    ids = {name: [str(getattr(each, "pk", each)) for each in things] for name, things in made.items()}
    ids["insights"].append(insight.short_id)
    for alias, name in ALIASES.items():
        ids[alias] = ids[name]
    person = made["persons"][0]
    ids["persons"] = ids["person"] = [str(person.uuid)]
    return Filled(
        word,
        account,
        friend,
        Membership.objects.get(user=friend),
        role,
        domain,
        person,
        distinct_id,
        board,
        tile,
        text_tile,
        second,
        shares[0],
        secret,
        scim_token,
        ids,
    )


ALIASES = {
    "environments": "projects",
    "insight": "insights",
    "dashboard": "dashboards",
    "cohort": "cohorts",
    "person": "persons",
    "collaborators": "members",
    "v2": "domains",
    "Groups": "roles",
    "signup": "invites",
    "reset": "users",
}
"""Segments of paths that stand before the same ids as others."""


def _people(word: str, account: Account, friend: User) -> dict[str, Any]:
    organization = account.organization
    role = Role.objects.create(organization=organization, name=f"{word} role", created_by=account.user)
    membership = Membership.objects.get(user=friend)
    domain = Domain.objects.create(
        organization=organization, domain=f"{word}.example", verified_at=timezone.now(), scim_enabled=True
    )
    ProvisionedUser.objects.create(domain=domain, user=friend, user_name=friend.email)
    key = PersonalAPIKey.objects.create(user=account.user, label=word, secure_value=f"sha256${word}", mask_value="x")
    browser = Client()
    browser.force_login(account.user)
    session = LoginSession.objects.get(session_key=browser.session.session_key)
    record_activity(
        scope="Organization",
        activity="created",
        item_id=organization.pk,
        user=friend,
        organization=organization,
        name=word,
    )
    return {
        "members": [friend.uuid],
        "users": [account.user.uuid],
        "Users": [friend.pk],
        "sessions": [session],
        "personal_api_keys": [key],
        "invites": [Invite.objects.create(organization=organization, target_email=f"{word}-guest@example.com")],
        "roles": [role],
        "role_memberships": [RoleMembership.objects.create(role=role, membership=membership)],
        "domains": [domain],
    }


def _analysed(word: str, visitor: Visitor, distinct_id: str, group_type_index: int) -> dict[str, Any]:
    project = visitor.project
    event_uuid = visitor.send("$pageview", distinct_id, place=word)
    event = EventDefinition.objects.create(project=project, name=f"{word} event", description=word)
    known = PropertyDefinition.objects.create(project=project, name=f"{word}_property", description=word)
    person = make_person(visitor, distinct_id, name=word)
    GroupTypeMapping.objects.create(project=project, group_type=word, group_type_index=group_type_index)
    Group.objects.create(
        project=project, group_type_index=group_type_index, group_key=f"{word}-group", group_properties={"name": word}
    )
    cohort = Cohort.objects.create(project=project, name=f"{word} cohort", is_static=True, count=1)
    StaticMember.objects.create(cohort=cohort, person=person)
    now = datetime.now(UTC)
    job = QueryJob.objects.create(
        project=project,
        query_id=uuid.uuid4().hex,
        user=visitor.user,
        cache_key=word,
        complete=True,
        results=f'{{"results": ["{word}"]}}',
        start_time=now,
        seen_at=now,
    )
    return {
        "event": [event_uuid],
        "event_definitions": [event],
        "property_definitions": [known],
        "persons": [person],
        "groups_types": [group_type_index],
        "cohorts": [cohort],
        "actions": [Action.objects.create(project=project, name=f"{word} action", steps=[STEP])],
        "query": [job.query_id],
        "feature_flags": [word],
    }


def _saved(word: str, account: Account, friend: User) -> dict[str, Any]:
    project, by = account.project, account.user
    insight = Insight.objects.create(project=project, name=f"{word} insight", query=TREND, created_by=by)
    board = Dashboard.objects.create(project=project, name=f"{word} dashboard", created_by=by)
    tile = Tile.objects.create(dashboard=board, insight=insight)
    text = Text.objects.create(project=project, created_by=by, body=f"{word} text")
    text_tile = Tile.objects.create(dashboard=board, text=text)
    Collaborator.objects.create(dashboard=board, user=friend)
    template = DashboardTemplate.objects.create(project=project, template_name=f"{word} template", tiles=[])
    variable = Variable.objects.create(project=project, name=f"{word} variable", code_name=word, type="String")
    shortcut = Shortcut.objects.create(project=project, user=by, path=f"{word} shortcut", type="insight")
    return {
        "insights": [insight],
        "dashboards": [board],
        "board": (board, tile, text_tile),
        "dashboard_templates": [template],
        "insight_variables": [variable],
        "file_system": [Entry.objects.get(project=project, type="insight", ref=insight.short_id)],
        "file_system_shortcut": [shortcut],
    }


def _sent(word: str, account: Account, insight: Insight) -> dict[str, Any]:
    project, by = account.project, account.user
    integration = Integration.objects.create(project=project, kind="slack", integration_id=word, config={"name": word})
    asset = ExportedAsset.objects.create(
        project=project,
        created_by=by,
        insight=insight,
        export_format=ExportedAsset.Format.CSV,
        expires_after=timezone.now() + timedelta(days=7),
        finished_at=timezone.now(),
    )
    asset.content_key = f"exports/{project.pk}/{asset.pk}"
    asset.size = len(word)
    store().put(asset.content_key, [word.encode()])
    asset.save()
    subscription = Subscription.objects.create(
        project=project,
        insight=insight,
        target_type="webhook",
        target_value=f"https://{word}.example/hook",
        frequency="weekly",
        start_date=timezone.now(),
        title=f"{word} subscription",
        created_by=by,
    )
    delivery = Delivery.objects.create(
        subscription=subscription,
        idempotency_key=word,
        temporal_workflow_id=word,
        trigger_type="manual",
        target_type="email",
        target_value=f"{word}@example.com",
    )
    return {
        "integrations": [integration],
        "exports": [asset],
        "subscriptions": [subscription],
        "deliveries": [delivery],
    }


def _recorded(word: str, account: Account, distinct_id: str, spool: Path, event_store: EventStore) -> str:
    session, project = uuid.uuid4().hex, account.project
    settings = load_settings(data_dir=spool / word)
    item = piece(project.pk, session, visit(0, f"https://{word}.example"), click(10), distinct_id=distinct_id)
    write_segment(settings, [item])
    assert RecordingLoader(settings, event_store).load_once()
    return session


def _shared(
    account: Account, board: Dashboard, insight: Insight, session: str
) -> tuple[list[SharingConfiguration], list[SharePassword]]:
    of = ({"dashboard": board}, {"insight": insight}, {"recording_id": session})
    shares = [
        SharingConfiguration.objects.create(
            project=account.project, access_token=uuid.uuid4().hex, enabled=True, **what
        )
        for what in of
    ]
    passwords = [SharePassword.objects.create(configuration=share, password_hash="!", note="x") for share in shares]
    return shares, passwords
