"""What an answer must look like before its signature is even looked at.

Most attacks on SAML use that one program finds the signed part of a document by its id and another reads the part
that stands in the usual place. Here a document is refused unless it has one assertion in the usual place, signatures
that stand in what they sign and sign nothing else, and nothing that could be read in two ways.
"""

import base64
import binascii
from typing import Final

from lxml import etree

LARGEST: Final = 1024 * 1024
"""Bytes of an answer; real ones are smaller by far."""

SIGNATURE_METHODS: Final = frozenset(
    f"http://www.w3.org/2001/04/xmldsig-more#{name}"
    for name in ("rsa-sha256", "rsa-sha384", "rsa-sha512", "ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512")
)
DIGEST_METHODS: Final = frozenset(
    {
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

_SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_XENC = "{http://www.w3.org/2001/04/xmlenc#}"


class RefusedAnswer(Exception):  # noqa: N818 - told as it is named
    """What an identity provider, or somebody in its name, has sent is not believed; the text says why."""


def decoded(text: str) -> bytes:
    """The XML of an answer as a form sends it. Raises RefusedAnswer."""
    if len(text) > LARGEST:
        raise RefusedAnswer("The answer is too large.")
    try:
        xml = base64.b64decode("".join(text.split()), validate=True)
        content = xml.decode("utf-8")
    except (binascii.Error, ValueError):
        raise RefusedAnswer("The answer is not UTF-8 in base64.") from None
    # Looked for in the text, so that no parser ever sees one.
    if "<!DOCTYPE" in content or "<!ENTITY" in content:
        raise RefusedAnswer("The answer declares a document type or entities.")
    return xml


def check_shape(xml: bytes) -> None:
    """Raises RefusedAnswer for a document that is not a plain signed answer."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise RefusedAnswer("The answer is not well-formed XML.") from None
    information = root.getroottree().docinfo
    if information.doctype or (information.encoding or "UTF-8").upper() not in {"UTF-8", "ASCII", "US-ASCII"}:
        raise RefusedAnswer("The answer declares a document type or another encoding than UTF-8.")
    if any(not isinstance(node.tag, str) for node in (*root.itersiblings(preceding=True), *root.iter())):
        raise RefusedAnswer("The answer has comments, entities or processing instructions in it.")
    _check_parts(root)
    _check_ids(root)
    signatures = list(root.iter(f"{_DS}Signature"))
    if not signatures:
        raise RefusedAnswer("Nothing in the answer is signed.")
    for signature in signatures:
        _check_signature(signature)


def _check_parts(root: etree._Element) -> None:
    """One assertion, right in the answer and readable."""
    if root.tag != f"{_SAMLP}Response":
        raise RefusedAnswer("The document is not an answer.")
    if next(root.iter(f"{_SAML}EncryptedAssertion", f"{_SAML}EncryptedID", f"{_XENC}EncryptedData"), None) is not None:
        raise RefusedAnswer("The answer is encrypted, which this server does not offer.")
    assertions = list(root.iter(f"{_SAML}Assertion"))
    if len(assertions) != 1 or assertions[0].getparent() is not root:
        raise RefusedAnswer("The answer does not have exactly one assertion in its place.")
    if len(list(root.iter(f"{_SAMLP}Response"))) != 1:
        raise RefusedAnswer("There is an answer within the answer.")


def _check_ids(root: etree._Element) -> None:
    ids = [
        value
        for node in root.iter()
        for name, value in node.attrib.items()
        if etree.QName(name).localname.lower() == "id"
    ]
    if len(ids) != len(set(ids)):
        raise RefusedAnswer("Two parts of the answer have the same id.")


def _check_signature(signature: etree._Element) -> None:
    """It stands in what it signs, signs that alone and by a method that is still safe."""
    signed = signature.getparent()
    if signed is None or signed.tag not in {f"{_SAMLP}Response", f"{_SAML}Assertion"}:
        raise RefusedAnswer("A signature stands where none belongs.")
    if len(signed.findall(f"{_DS}Signature")) != 1 or signature.find(f"{_DS}Object") is not None:
        raise RefusedAnswer("A signature is not alone, or has something within it.")
    references = list(signature.iter(f"{_DS}Reference"))
    if len(references) != 1 or references[0].get("URI") != f"#{signed.get('ID')}":
        raise RefusedAnswer("A signature signs something else than what it stands in.")
    methods = {node.get("Algorithm") for node in signature.iter(f"{_DS}SignatureMethod")}
    digests = {node.get("Algorithm") for node in signature.iter(f"{_DS}DigestMethod")}
    if not methods or not digests or not (methods <= SIGNATURE_METHODS and digests <= DIGEST_METHODS):
        raise RefusedAnswer("A signature is made by a method that is not accepted.")
    forms = {node.get("Algorithm") for node in signature.iter(f"{_DS}CanonicalizationMethod")}
    transforms = {node.get("Algorithm") for node in signature.iter(f"{_DS}Transform")}
    if forms != {EXCLUSIVE} or not transforms <= {EXCLUSIVE, ENVELOPED}:
        raise RefusedAnswer("A signature changes the document before it signs it.")
