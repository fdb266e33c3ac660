"""Each known attack on logins by SAML is refused, for its own reason, and nobody is logged in."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.domains.models import Domain
from hedgerow.organizations.models import User
from tests.accounts import add_member, make_account
from tests.domains.claiming import verified
from tests.sso.browsers import new_browser
from tests.sso.forging import VICTIM, Scene
from tests.sso.identity_provider import ADA, a_stranger, form, the_identity_provider
from tests.sso.saml_attacks import ATTACKS, Attack, table

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parents[2] / "docs" / "saml-attacks.md"


@pytest.fixture
def scene() -> Scene:
    """Ada and the victim at acme.example; a rival organization that has named the same identity provider."""
    provider, acme, rivals = the_identity_provider(), make_account(), make_account("Rivals")
    for email in (ADA, VICTIM):
        add_member(acme.organization, email=email)
    domain = verified(acme.organization, jit_provisioning_enabled=True, **provider.fields)
    rival = verified(rivals.organization, "rival.example", jit_provisioning_enabled=True, **provider.fields)

    def ask(email: str) -> str:
        return str(provider.request_in(new_browser().get("/login/saml/", {"email": email})["Location"]).id)

    def post(sent: dict[str, str]) -> object:
        return new_browser().post("/complete/saml/", sent)

    return Scene(domain.pk, rival.pk, provider, a_stranger(), ask, post)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.kind}: {attack.name}")
def test_nobody_is_logged_in(scene: Scene, attack: Attack, caplog: pytest.LogCaptureFixture) -> None:
    sent = attack.make(scene)
    people = User.objects.count()
    caplog.clear()
    client = new_browser()
    answer = client.post("/complete/saml/", sent)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login?error_code=")
    assert "sessionid" not in client.cookies
    assert client.get("/api/users/@me/").status_code == 401
    assert User.objects.count() == people
    told = [record.msg["reason"] for record in caplog.records if isinstance(record.msg, dict)]
    assert told == [attack.reason]


def test_what_the_attacks_begin_with_is_believed(scene: Scene) -> None:
    for parts in ("assertion", "response", "both"):
        client = new_browser()
        client.post("/complete/saml/", form(scene.domain, scene.provider.answer(parts=parts)))
        assert client.get("/api/users/@me/").json()["email"] == ADA


def test_an_identity_provider_whose_key_is_not_one_lets_nobody_in(scene: Scene) -> None:
    for certificate in ("MIIC…", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "x"):
        Domain.objects.filter(pk=scene.domain).update(saml_x509_cert=certificate)
        client = new_browser()
        answer = client.post("/complete/saml/", form(scene.domain, scene.provider.answer()))
        assert answer["Location"] == "/login?error_code=saml_refused"


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_changed_answer_logs_in_nobody_else_whatever_is_changed(scene: Scene, data: st.DataObject) -> None:
    said = _one_answer()
    place = data.draw(st.integers(0, len(said) - 1))
    length = data.draw(st.sampled_from([0, 1, 1, 1, 40, 400]))
    put_in = data.draw(
        st.sampled_from([b"", b"<", b'"', b"\xff", b"&#0;", b"A", said[place // 2 : place // 2 + length]])
    )
    client = new_browser()
    answer = client.post("/complete/saml/", form(scene.domain, said[:place] + put_in + said[place + length :]))
    assert answer.status_code == 302
    logged_in = client.get("/api/users/@me/")
    assert logged_in.status_code == 401 or logged_in.json()["email"] == ADA


@cache
def _one_answer() -> bytes:
    """Signed once: signing takes its time."""
    return the_identity_provider().answer().encode()


def test_the_list_of_attacks_is_in_the_documents() -> None:
    assert DOCUMENT.read_text() == table(), "run `python -m scripts.saml_attacks > docs/saml-attacks.md`"
