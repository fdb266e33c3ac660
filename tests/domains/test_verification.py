"""A real DNS server is asked whether a domain is its organization's."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from dnslib import RCODE
from pytest_django import Settings

from hedgerow.domains import verification
from hedgerow.domains.changing import change_domain
from hedgerow.domains.jobs import recheck_verified, verify_waiting
from hedgerow.domains.models import Domain
from hedgerow.domains.verification import challenge_is_published, verify
from hedgerow.work.jobs import SCHEDULES, Attempt
from tests.accounts import Account
from tests.domains.claiming import verified
from tests.domains.dns_player import PlayedDNS, silent_dns

NAME = "_posthog-challenge.acme.example"
ATTEMPT = Attempt(number=1, is_last=False, tag="")


@pytest.fixture
def domain(ada: Account) -> Domain:
    """A domain that is not verified."""
    return Domain.objects.create(organization=ada.organization, domain="acme.example")


def test_any_of_the_records_may_be_the_challenge(domain: Domain, dns: PlayedDNS) -> None:
    dns.publish(NAME, "something else", domain.verification_challenge)
    assert challenge_is_published(domain)
    assert dns.asked == [f"{NAME} TXT"]


def test_a_text_in_several_strings_is_one_text(domain: Domain, dns: PlayedDNS) -> None:
    challenge = domain.verification_challenge
    dns.publish(NAME, [challenge[:10], challenge[10:11], challenge[11:]])
    assert challenge_is_published(domain)


def test_two_records_are_not_one_text(domain: Domain, dns: PlayedDNS) -> None:
    challenge = domain.verification_challenge
    dns.publish(NAME, challenge[:10], challenge[10:])
    assert not challenge_is_published(domain)


def test_an_answer_too_long_for_a_packet_is_read_all_the_same(domain: Domain, dns: PlayedDNS) -> None:
    dns.publish(NAME, *[f"{number} {'x' * 200}" for number in range(40)], domain.verification_challenge)
    assert challenge_is_published(domain)


@pytest.mark.parametrize("text", ["", "wrong", "{} ", '"{}"', "{}x"])
def test_the_text_has_to_be_the_challenge_exactly(domain: Domain, dns: PlayedDNS, text: str) -> None:
    dns.publish(NAME, text.format(domain.verification_challenge))
    assert not challenge_is_published(domain)


def test_the_record_has_to_be_below_the_domain(domain: Domain, dns: PlayedDNS) -> None:
    dns.publish("acme.example", domain.verification_challenge)
    dns.publish("_posthog-challenge.example", domain.verification_challenge)
    assert not challenge_is_published(domain)


@pytest.mark.parametrize("failure", [RCODE.SERVFAIL, RCODE.REFUSED, RCODE.NXDOMAIN, RCODE.FORMERR])
def test_a_server_that_cannot_find_out_means_no(domain: Domain, dns: PlayedDNS, failure: int) -> None:
    dns.publish(NAME, domain.verification_challenge)
    dns.failure = failure
    assert not challenge_is_published(domain)


def test_a_server_that_does_not_answer_means_no(
    domain: Domain, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "DNS_SECONDS", 0.3)
    with silent_dns() as address:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"dns_server": address})
        verify(domain, by=None)
    domain.refresh_from_db()
    assert (domain.is_verified, domain.last_checked_at is None) == (False, False)


def test_a_name_that_the_dns_cannot_have_means_no(ada: Account, dns: PlayedDNS) -> None:
    long = Domain.objects.create(organization=ada.organization, domain=f"{'a' * 64}.example")
    assert not challenge_is_published(long)


def test_what_was_verified_meanwhile_stays_as_it_is(domain: Domain, dns: PlayedDNS) -> None:
    before = timezone.now() - timedelta(days=1)
    Domain.objects.filter(pk=domain.pk).update(verified_at=before)
    verify(domain, by=None)
    domain.refresh_from_db()
    assert domain.verified_at == before


def test_a_change_that_began_before_the_proof_does_not_undo_it(ada: Account, domain: Domain, dns: PlayedDNS) -> None:
    read_before = Domain.objects.get(pk=domain.pk)
    dns.publish(NAME, domain.verification_challenge)
    verify(domain, by=None)
    change_domain(read_before, ada.user, saml_acs_url="https://idp.example/sso")
    domain.refresh_from_db()
    assert (domain.is_verified, domain.saml_acs_url) == (True, "https://idp.example/sso")


def test_a_domain_is_verified_by_itself_during_its_first_days(ada: Account, dns: PlayedDNS) -> None:
    young, old, wrong = (
        Domain.objects.create(organization=ada.organization, domain=f"{name}.example")
        for name in ("young", "old", "wrong")
    )
    Domain.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=8))
    for domain in (young, old):
        dns.publish(f"_posthog-challenge.{domain.domain}", domain.verification_challenge)
    verify_waiting(ATTEMPT)
    assert {each.domain: each.is_verified for each in Domain.objects.all()} == {
        young.domain: True,
        old.domain: False,
        wrong.domain: False,
    }
    assert SCHEDULES["domains.verify_waiting"] == timedelta(hours=1)


def test_looking_up_ends_with_the_process(domain: Domain, dns: PlayedDNS) -> None:
    dns.publish(NAME, domain.verification_challenge)
    ending = Attempt(number=1, is_last=False, tag="")
    ending.stopping.set()
    verify_waiting(ending)
    Domain.objects.update(verified_at=timezone.now())
    recheck_verified(ending)
    assert dns.asked == []


def test_a_verified_domain_whose_record_is_gone_is_only_told_of(
    ada: Account, dns: PlayedDNS, caplog: pytest.LogCaptureFixture
) -> None:
    kept, gone = verified(ada.organization, "kept.example"), verified(ada.organization, "gone.example")
    dns.publish("_posthog-challenge.kept.example", kept.verification_challenge)
    with caplog.at_level(logging.WARNING):
        recheck_verified(ATTEMPT)
    warnings = [record.getMessage() for record in caplog.records if "domain_record_gone" in record.getMessage()]
    assert len(warnings) == 1
    assert "gone.example" in warnings[0]
    for domain in (kept, gone):
        domain.refresh_from_db()
        assert domain.is_verified
        assert domain.last_checked_at is not None
    assert SCHEDULES["domains.recheck_verified"] == timedelta(days=1)
