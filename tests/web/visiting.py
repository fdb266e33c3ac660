"""A signed-in person looking at the pages of a project, and events in it."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client

from hedgerow.eventstore.client import EventStore
from hedgerow.organizations.models import Membership, User
from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from tests.queries.asking import make_api
from tests.web.form_fields import Fields

PASSWORD = "correct horse battery staple"


class Visitor:
    """A member of a project's organization, signed in, and the project's pages."""

    def __init__(self, project: Project, store: EventStore, email: str = "ada@example.com") -> None:
        self.project = project
        self.user = User.objects.create_user(email, PASSWORD)
        Membership.objects.create(user=self.user, organization=project.organization)
        self.client = Client()
        self.client.force_login(self.user)
        self.events = make_api(project, store)

    def get(self, page: str, **query: Any) -> Any:
        """A page of the project."""
        return self.client.get(f"/project/{self.project.pk}/{page}", query)

    def text(self, page: str, **query: Any) -> str:
        """The HTML of a page that exists."""
        response = self.get(page, **query)
        assert response.status_code == 200, response.status_code
        return str(response.content.decode())

    def send(self, event: str, distinct_id: str = "ada", at: datetime | None = None, **properties: Any) -> str:
        """An event that has been stored and is known by name; its uuid."""
        EventDefinition.objects.get_or_create(project=self.project, name=event)
        for name, value in properties.items():
            known = {"is_numerical": isinstance(value, int | float), "property_type": None}
            PropertyDefinition.objects.get_or_create(project=self.project, name=name, type="event", defaults=known)
        return self.events.store_event(event, distinct_id, at or datetime.now(UTC), properties=properties)

    def ask(self, kind: str, query: dict[str, Any]) -> Any:
        """The page of a kind of insight with a question in its address."""
        return self.get(f"insights/{kind}", q=json.dumps(query))

    def edit(self, kind: str, fields: Fields) -> dict[str, Any]:
        """The query that the page's address holds after its form was sent with these fields."""
        response = self.client.get(f"/project/{self.project.pk}/insights/{kind}?{urlencode(fields)}")
        assert response.status_code == 302, response.content.decode()
        location = urlsplit(response.headers["Location"])
        assert location.path == f"/project/{self.project.pk}/insights/{kind}"
        query: dict[str, Any] = json.loads(parse_qs(location.query)["q"][0])
        return query
