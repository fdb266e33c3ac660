"""Attacks on logins by SAML: what is sent, and why it is refused.

`python -m scripts.saml_attacks > docs/saml-attacks.md` prints the table; a test holds it and the server together.
"""

import base64
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from saml2.xmldsig import DIGEST_SHA1, DIGEST_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256

from tests.sso import forging
from tests.sso.forging import VICTIM, Form, Make, Scene, edited, said, tree
from tests.sso.identity_provider import ADA, form, says
from tests.sso.wrapping import WRAPPINGS, Wrapping, wrapped

ACS: Final = "http://hedgerow.test/complete/saml/"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
SERVER_FILE = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
SERVER_REQUEST = '<!DOCTYPE a [<!ENTITY e SYSTEM "http://127.0.0.1:9/latest/meta-data">]>'
DSIG, MORE = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmldsig-more#"

SEVERAL: Final = "The answer does not have exactly one assertion in its place."
UNSIGNED: Final = "Nothing in the answer is signed."
BAD_SIGNATURE: Final = "Signature validation failed. SAML Response rejected"
METHOD: Final = "A signature is made by a method that is not accepted."
CHANGED: Final = "A signature changes the document before it signs it."
ELSEWHERE: Final = "A signature signs something else than what it stands in."
DOCTYPE: Final = "The answer declares a document type or entities."
OTHER_ENCODING: Final = "The answer declares a document type or another encoding than UTF-8."
TWO_WAYS: Final = "The answer has comments, entities or processing instructions in it."
NOT_ASKED: Final = "The answer is to a request that this browser has not made, or not lately."
USED: Final = "The assertion has been used before."
OTHER_DOMAIN: Final = "The e-mail address is not one of acme.example."
ENCRYPTED: Final = "The answer is encrypted, which this server does not offer."
RELAY_STATE: Final = "Authentication request is invalid. Invalid RelayState."
EXPIRED: Final = "Could not validate timestamp: expired. Check system clock."
EARLY: Final = "Could not validate timestamp: not yet valid. Check system clock."
OTHER_AUDIENCE: Final = "http://hedgerow.test is not a valid audience for this Response"
OTHER_ISSUER: Final = (
    "Invalid issuer in the Assertion/Response (expected https://idp.acme.example/metadata, "
    "got https://idp.evil.example/metadata)"
)
OTHER_PLACE: Final = "The answer was meant for another address."
OTHER_RECIPIENT: Final = "The assertion is to be handed over to somebody else."
NO_CONFIRMATION: Final = "A valid SubjectConfirmation was not found on this Response"


@dataclass(frozen=True)
class Attack:
    """`make` gives the form that is sent last; `reason` is what the server's log says of it."""

    kind: str
    name: str
    reason: str
    make: Make


def table() -> str:
    """The document that lists all attacks."""
    rows = [f"| {attack.kind} | {attack.name} | {attack.reason} |" for attack in ATTACKS]
    return _PREFACE + "\n".join(["| kind | what is sent | why nobody is logged in |", "|---|---|---|", *rows]) + "\n"


def _wrapping(wrapping: Wrapping) -> Attack:
    parts = "response" if wrapping.__name__ in {"xsw1", "xsw2"} else "assertion"
    described = (wrapping.__doc__ or "").rstrip(".")
    make = edited(lambda xml: wrapped(xml, wrapping, VICTIM), parts)
    return Attack("signature wrapping", f"{wrapping.__name__.upper()}: {described}", SEVERAL, make)


def _kind(kind: str, *attacks: tuple[str, str, Make]) -> tuple[Attack, ...]:
    return tuple(Attack(kind, *attack) for attack in attacks)


def _weak(method: str, digest: str) -> Make:
    return lambda scene: scene.form(scene.provider.signed(scene.provider.response(), method=method, digest=digest))


def _replayed(scene: Scene) -> Form:
    sent = scene.form(scene.provider.answer())
    scene.post(sent)
    return sent


def _replayed_in_new_answer(scene: Scene) -> Form:
    xml = scene.provider.answer()
    scene.post(scene.form(xml))
    return scene.form(tree(lambda root: root.set("ID", "_another"))(xml))


def _answered_twice(scene: Scene) -> Form:
    request = scene.ask(ADA)
    scene.post(scene.form(scene.provider.answer(in_response_to=request)))
    return scene.form(scene.provider.answer(in_response_to=request))


def _request_hidden(scene: Scene) -> Form:
    xml = scene.provider.answer(in_response_to="_never-asked")
    return scene.form(tree(lambda root: root.attrib.pop("InResponseTo"))(xml))


def _request_exchanged(scene: Scene) -> Form:
    xml = scene.provider.answer(in_response_to="_never-asked")
    request = scene.ask(ADA)
    return scene.form(tree(lambda root: root.set("InResponseTo", request))(xml))


def _request_of_rival(scene: Scene) -> Form:
    return scene.form(scene.provider.answer(in_response_to=scene.ask("ada@rival.example")))


def _as_state(state: str) -> Make:
    return lambda scene: {**scene.form(scene.provider.answer()), "RelayState": state}


def _garbage(text: str) -> Make:
    return lambda scene: {**scene.form(""), "SAMLResponse": text}


def _email(address: str) -> Make:
    return said(says({"email": address}))


ATTACKS: tuple[Attack, ...] = (
    *(_wrapping(wrapping) for wrapping in WRAPPINGS),
    *_kind(
        "signature",
        ("No signature at all", UNSIGNED, lambda scene: scene.form(str(scene.provider.response(VICTIM)))),
        (
            "The signature is taken out, and the e-mail address changed",
            UNSIGNED,
            edited(tree(forging.without_signature)),
        ),
        (
            "The signature's value is empty, and the e-mail address changed",
            BAD_SIGNATURE,
            edited(tree(forging.empty_signature)),
        ),
        ("The e-mail address is changed", BAD_SIGNATURE, edited(tree(forging.renamed))),
        (
            *("The e-mail address is changed in a signed answer", BAD_SIGNATURE),
            edited(tree(forging.renamed), "response"),
        ),
        (
            "Signed with another key, whose certificate is enclosed",
            BAD_SIGNATURE,
            lambda scene: scene.form(scene.stranger.answer(VICTIM)),
        ),
        (
            "The signature names the whole document instead of the assertion",
            ELSEWHERE,
            edited(forging.attribute(".//ds:Reference", "URI", "")),
        ),
        (
            "The signature names a file of the server",
            ELSEWHERE,
            edited(forging.attribute(".//ds:Reference", "URI", "file:///etc/passwd")),
        ),
    ),
    *_kind(
        "weak methods",
        ("RSA with SHA-1", METHOD, _weak(SIG_RSA_SHA1, DIGEST_SHA256)),
        ("A digest with SHA-1", METHOD, _weak(SIG_RSA_SHA256, DIGEST_SHA1)),
        (
            "HMAC with the public certificate as the secret",
            METHOD,
            edited(forging.algorithm("SignatureMethod", f"{MORE}hmac-sha256")),
        ),
        ("No method", METHOD, edited(forging.algorithm("SignatureMethod", "none"))),
        ("RSA with MD5", METHOD, edited(forging.algorithm("SignatureMethod", f"{MORE}rsa-md5"))),
        (
            "A transformation by XSLT before the digest",
            CHANGED,
            edited(forging.transform("http://www.w3.org/TR/1999/REC-xslt-19991116")),
        ),
        (
            "A transformation by XPath before the digest",
            CHANGED,
            edited(forging.transform("http://www.w3.org/TR/1999/REC-xpath-19991116")),
        ),
    ),
    *_kind(
        "time",
        ("Expired", EXPIRED, said(forging.condition("not_on_or_after", PAST))),
        ("Not yet valid", EARLY, said(forging.condition("not_before", FUTURE))),
        ("To be handed over in the past", NO_CONFIRMATION, said(forging.confirmation("not_on_or_after", PAST))),
        (
            "To be handed over at any time",
            "The assertion does not say how long it may be handed over.",
            said(forging.confirmation("not_on_or_after", None)),
        ),
        (
            "The end put off after signing",
            BAD_SIGNATURE,
            edited(forging.attribute(".//saml:Conditions", "NotOnOrAfter", FUTURE)),
        ),
    ),
    *_kind(
        "repeated",
        ("The same answer again", USED, _replayed),
        ("The same assertion in another answer", USED, _replayed_in_new_answer),
        ("Two answers to one request", NOT_ASKED, _answered_twice),
    ),
    *_kind(
        "for others",
        ("For another service", OTHER_AUDIENCE, said(forging.audience("https://other.example"))),
        (
            "For a service whose name begins like this one's",
            OTHER_AUDIENCE,
            said(forging.audience("http://hedgerow.test.evil.example")),
        ),
        ("For nobody in particular", "The assertion does not say whom it is for.", said(forging.audience())),
        (
            "To be handed over to another service",
            NO_CONFIRMATION,
            said(forging.confirmation("recipient", "https://other.example/acs")),
        ),
        (
            "To be handed over at an address that contains this one's",
            OTHER_RECIPIENT,
            said(forging.confirmation("recipient", f"https://evil.example/?{ACS}")),
        ),
        (
            "Sent to another service",
            f"The response was received at {ACS} instead of https://other.example/acs",
            said(forging.destination("https://other.example/acs"), "both"),
        ),
        (
            "Sent to an address that begins like this one's",
            OTHER_PLACE,
            said(forging.destination(f"{ACS}evil"), "both"),
        ),
        ("From another identity provider, as the assertion says", OTHER_ISSUER, said(forging.issuer("assertion"))),
        ("From another identity provider, as the answer says", OTHER_ISSUER, said(forging.issuer("answer"), "both")),
    ),
    *_kind(
        "requests",
        (
            "To a request that nobody made",
            NOT_ASKED,
            lambda scene: scene.form(scene.provider.answer(in_response_to="_never-asked")),
        ),
        ("To such a request, which the answer hides outside of the assertion", NOT_ASKED, _request_hidden),
        ("To such a request, with a real one named outside of the assertion", NO_CONFIRMATION, _request_exchanged),
        ("To a request made to another organization's identity provider", NOT_ASKED, _request_of_rival),
        ("Without RelayState", RELAY_STATE, _as_state("")),
        ("With a RelayState that is no id", RELAY_STATE, _as_state("acme.example")),
        ("With the id of a domain that is not there", RELAY_STATE, _as_state(str(UUID(int=1)))),
        (
            "With the id of another organization's domain, whose identity provider is the same",
            OTHER_DOMAIN.replace("acme", "rival"),
            lambda scene: form(scene.rival, scene.provider.answer()),
        ),
    ),
    *_kind(
        "e-mail addresses",
        ("An address of another domain", OTHER_DOMAIN, _email("boss@rival.example")),
        ("An address of a domain below", OTHER_DOMAIN, _email("boss@evil.acme.example")),
        ("An address of a domain that ends alike", OTHER_DOMAIN, _email("boss@evilacme.example")),
        (
            "An address with two domains",
            "The e-mail address is not an ordinary one.",
            _email("boss@rival.example@acme.example"),
        ),
        (
            "An address with letters that look like others",
            "The e-mail address is not an ordinary one.",
            _email("\u0430da@acme.example"),
        ),
        ("No address", OTHER_DOMAIN, said(says({"first_name": "Ada"}))),
        (
            "Two addresses",
            "The attribute urn:oid:0.9.2342.19200300.100.1.3 has several values.",
            said(forging.second_email),
        ),
        (
            "A comment within the address, to have its end left out",
            TWO_WAYS,
            edited(forging.comment_in(".//saml:AttributeValue", len("ada@acme.example") - 3)),
        ),
        ("A comment within the NameID", TWO_WAYS, edited(forging.comment_in(".//saml:NameID", 2))),
        (
            "A comment within the NameID of a signed answer",
            TWO_WAYS,
            edited(forging.comment_in(".//saml:NameID", 2), "response"),
        ),
    ),
    *_kind(
        "XML",
        ("A bomb of entities (billion laughs)", DOCTYPE, edited(forging.declared(forging.billion_laughs(), "&l9;"))),
        ("An external entity that is a file of the server", DOCTYPE, edited(forging.declared(SERVER_FILE, "&e;"))),
        (
            "An external entity that has the server make a request",
            DOCTYPE,
            edited(forging.declared(SERVER_REQUEST, "&e;")),
        ),
        (
            "A document type elsewhere",
            DOCTYPE,
            edited(forging.declared('<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">')),
        ),
        ("A document type hidden by another encoding", OTHER_ENCODING, edited(forging.in_utf7)),
        ("A processing instruction", TWO_WAYS, edited(lambda xml: xml.replace(ADA, f"{ADA}<?a b?>"))),
        ("An encrypted assertion of meaningless bytes", ENCRYPTED, edited(tree(forging.encrypted))),
        (
            "Something that is not XML",
            "The answer is not well-formed XML.",
            _garbage(base64.b64encode(b"<a><b></a>").decode()),
        ),
        ("Something that is not base64", "The answer is not UTF-8 in base64.", _garbage("<Response/>")),
        ("Nothing", "The answer is not well-formed XML.", _garbage("")),
        ("More than anybody says", "The answer is too large.", _garbage("A" * 1_100_000)),
    ),
)

_PREFACE = """# Attacks on logins by SAML

Each line is sent to the server by a test, made with the keys of a real identity provider or without them. Nobody is
logged in by any of them; the last column is what the server's log says. People only see that what their identity
provider says could not be believed.

The list is printed from `tests/sso/saml_attacks.py` by `python -m scripts.saml_attacks > docs/saml-attacks.md`.

"""
