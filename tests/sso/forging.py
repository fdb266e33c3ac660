"""Ways to make an answer that must not be believed: said so by the identity provider, or changed by others since."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree
from saml2.saml import Audience, Issuer

from tests.sso.identity_provider import ADA, Change, IdentityProvider, form
from tests.sso.wrapping import DS, NAMES, SAML

Form = dict[str, str]
Edit = Callable[[str], str | bytes]
VICTIM = "boss@acme.example"
XENC = "http://www.w3.org/2001/04/xmlenc#"


@dataclass
class Scene:
    """What an attacker has to work with.

    Ada may log in at acme.example by `provider`; `stranger` calls itself the same and has another key. `rival` is
    the id of another organization's domain, for which the same `provider` speaks. `ask` begins a login in a browser of
    its own and gives the id of the request; `post` sends a form as a browser does.
    """

    domain: Any
    rival: Any
    provider: IdentityProvider
    stranger: IdentityProvider
    ask: Callable[[str], str]
    post: Callable[[Form], Any]

    def form(self, xml: str | bytes) -> Form:
        """What a browser sends with an answer for acme.example."""
        return form(self.domain, xml)


Make = Callable[[Scene], Form]
"""Makes the form that must be refused; what has to be sent before it is sent on the way."""


def said(change: Change, parts: str = "assertion") -> Make:
    """The identity provider itself says it, with a correct signature."""
    return lambda scene: scene.form(scene.provider.answer(change=change, parts=parts))


def edited(edit: Edit, parts: str = "assertion") -> Make:
    """An answer is changed after it has been signed."""

    def make(scene: Scene) -> Form:
        honest = scene.provider.answer(parts=parts)
        forged = edit(honest)
        assert forged != honest, "nothing was changed"
        return scene.form(forged)

    return make


# What an identity provider may say


def condition(name: str, value: str) -> Change:
    """From or until when the assertion counts."""
    return lambda response: setattr(response.assertion.conditions, name, value)


def confirmation(name: str, value: str | None) -> Change:
    """Who may hand the assertion over, where and until when."""

    def change(response: Any) -> None:
        setattr(response.assertion.subject.subject_confirmation[0].subject_confirmation_data, name, value)

    return change


def audience(*names: str) -> Change:
    """Whom the assertion is for."""

    def change(response: Any) -> None:
        response.assertion.conditions.audience_restriction[0].audience = [Audience(text=name) for name in names]
        if not names:
            response.assertion.conditions.audience_restriction = []

    return change


def issuer(of: str) -> Change:
    """Another name of who speaks."""

    def change(response: Any) -> None:
        part = response if of == "answer" else response.assertion
        part.issuer = Issuer(text="https://idp.evil.example/metadata")

    return change


def destination(address: str) -> Change:
    """Where the answer is sent to."""
    return lambda response: setattr(response, "destination", address)


def second_email(response: Any) -> None:
    """Another value of the e-mail address."""
    values = response.assertion.attribute_statement[0].attribute[0].attribute_value
    values.append(type(values[0])(text=VICTIM))


# What others may change


def tree(edit: Callable[[etree._Element], object]) -> Edit:
    """Change the document as a tree."""

    def change(xml: str) -> bytes:
        root = etree.fromstring(xml.encode())
        edit(root)
        return etree.tostring(root)

    return change


def find(root: etree._Element, path: str) -> etree._Element:
    """The element there, which must be one."""
    found = root.find(path, NAMES)
    assert found is not None, path
    return found


def attribute(path: str, name: str, value: str) -> Edit:
    """Another value of an attribute."""
    return tree(lambda root: find(root, path).set(name, value))


def renamed(root: etree._Element) -> None:
    """The victim's e-mail address in place of Ada's."""
    value = next(each for each in root.iterfind(".//saml:AttributeValue", NAMES) if each.text == ADA)
    value.text = VICTIM


def without_signature(root: etree._Element) -> None:
    """All signatures are taken out, and the victim is put in."""
    for signature in root.findall(".//ds:Signature", NAMES):
        parent = signature.getparent()
        assert parent is not None
        parent.remove(signature)
    renamed(root)


def empty_signature(root: etree._Element) -> None:
    """The signature has no value any more, and the victim is put in."""
    find(root, ".//ds:SignatureValue").text = ""
    renamed(root)


def algorithm(element: str, name: str) -> Edit:
    """Another method of the signature."""
    return attribute(f".//ds:{element}", "Algorithm", name)


def transform(name: str) -> Edit:
    """One more transformation before the digest is made."""
    return tree(lambda root: etree.SubElement(find(root, ".//ds:Transforms"), f"{{{DS}}}Transform", Algorithm=name))


def comment_in(path: str, at: int) -> Edit:
    """A comment within a text, which canonicalization leaves out: the signature still fits."""

    def edit(root: etree._Element) -> None:
        element = find(root, path)
        text = element.text or ""
        comment = etree.Comment("")
        element.text, comment.tail = text[:at], text[at:]
        element.append(comment)

    return tree(edit)


def encrypted(root: etree._Element) -> None:
    """Bytes without meaning in place of the assertion, as if they were an encrypted one."""
    garbage = etree.Element(f"{{{SAML}}}EncryptedAssertion")
    data = etree.SubElement(garbage, f"{{{XENC}}}EncryptedData")
    cipher = etree.SubElement(data, f"{{{XENC}}}CipherData")
    etree.SubElement(cipher, f"{{{XENC}}}CipherValue").text = "AAAA" * 32
    root.replace(find(root, "saml:Assertion"), garbage)


def declared(declaration: str, email: str = ADA) -> Edit:
    """A document type before the document, and an e-mail address that makes use of it."""
    return lambda xml: declaration + _body(xml).replace(ADA, email)


def in_utf7(xml: str) -> bytes:
    """A document type that is hidden by an encoding."""
    hidden = f'<!DOCTYPE a [<!ENTITY e "{VICTIM}">]>' + _body(xml).replace(ADA, "&e;")
    return b'<?xml version="1.0" encoding="UTF-7"?>' + hidden.encode("utf-7").replace(b"<", b"+ADw-")


def billion_laughs() -> str:
    """Entities of entities, which would become 3 GB."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE a [<!ENTITY l0 "ha">{levels}]>'


def _body(xml: str) -> str:
    """The document without what stands before it."""
    return xml[xml.index("?>") + 2 :].lstrip() if xml.startswith("<?xml") else xml
