"""The connect page has all that is needed to send the first event, and notices it."""

import pytest
from django.conf import settings

from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db


def test_snippets_hold_the_key_and_this_servers_address(visitor: Visitor) -> None:
    context = visitor.get("connect").context
    snippets = {snippet.key: snippet.code for snippet in context["snippets"]}
    assert set(snippets) == {"web", "javascript", "python", "node", "curl"}
    for code in snippets.values():
        assert visitor.project.api_token in code
        assert context["host"] in code
    assert context["host"] == (settings.HEDGEROW.site_url or "http://testserver")


def test_snippets_are_shown_as_text(visitor: Visitor) -> None:
    assert "&lt;script async src=" in visitor.text("connect")


def test_it_waits_for_the_first_event_and_then_says_so(visitor: Visitor) -> None:
    waiting = visitor.text("connect/first-event")
    assert "Waiting for the first event" in waiting and "every 2s" in waiting
    visitor.send("signed up")
    done = visitor.text("connect/first-event")
    assert "Events are arriving" in done and "signed up" in done
    assert "every 2s" not in done
