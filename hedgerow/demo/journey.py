"""One visitor's life with the product, event by event, in the order of time.

Everything is drawn in the order in which it happens, so a life cut off at one moment is the beginning of the same life
cut off later.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

from hedgerow.demo import catalogue
from hedgerow.demo.browsing import Browser, DemoEvent
from hedgerow.demo.catalogue import SITE
from hedgerow.demo.companies import GROUP_TYPE, pick_company
from hedgerow.demo.identifiers import time_ordered_uuid
from hedgerow.demo.population import Visitor
from hedgerow.demo.usage import Account, use_product

IDENTITY_EVENTS = {"$identify", "$groupidentify"}
SIGNUP_RATE = 0.34
FORM_COMPLETION = 0.66
HOURS = (1, 1, 1, 1, 1, 2, 4, 9, 16, 21, 22, 20, 16, 18, 20, 19, 16, 12, 9, 8, 8, 6, 4, 2)
Choice = TypeVar("Choice")


def visitor_events(visitor: Visitor, *, since: datetime, until: datetime) -> list[DemoEvent]:
    """The visitor's events from `since` to `until` (aware), oldest first.

    A visitor from before `since` is left out unless still around then; what made them known is kept from before it.
    """
    kept: list[DemoEvent] = []
    active = False
    for event in _life(visitor):
        if event.at > until:
            break
        if event.at >= since:
            active = True
            kept.append(event)
        elif event.name in IDENTITY_EVENTS:
            kept.append(event)
    return kept if active else []


def _life(visitor: Visitor) -> Iterator[DemoEvent]:
    rng = visitor.rng()
    channel = weighted(rng, catalogue.CHANNELS)
    country = weighted(rng, catalogue.COUNTRIES)
    device = weighted(rng, catalogue.DEVICES)
    at = _moment(rng, visitor, country.offset)
    device_id = time_ordered_uuid(at, rng)
    browser = Browser(rng, device, country, channel, device_id, distinct_id=device_id)

    likelihood = SIGNUP_RATE * channel.quality * (0.6 if device.device_type == "Mobile" else 1.1)
    wants_account = rng.random() < likelihood
    for visit in range(_visits_before_deciding(rng)):
        if visit:
            at += timedelta(days=rng.expovariate(1 / 2.5), minutes=45)
        browser.start_session(at, campaign=visit == 0)
        for event in _look_around(browser, at):
            yield event
            at = event.at
    if wants_account:
        yield from _sign_up(visitor, browser, at)
    else:
        yield from browser.leave_page(at + timedelta(seconds=rng.uniform(3, 90)))


def _look_around(browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    rng = browser.rng
    path = weighted(rng, catalogue.LANDING_PAGES)
    for _ in range(1 + min(7, int(rng.expovariate(1 / 1.8)))):
        yield from browser.open_page(at, SITE + path)
        at += timedelta(seconds=min(600, 4 + rng.lognormvariate(3.1, 0.9)))
        if rng.random() < 0.3:
            yield browser.click(at, rng.choice(catalogue.FEATURE_CLICKS), tag="a")
            at += timedelta(seconds=rng.uniform(0.3, 2))
        path = weighted(rng, catalogue.MARKETING_PAGES)


def _sign_up(visitor: Visitor, browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    rng = browser.rng
    at += timedelta(seconds=rng.uniform(2, 40))
    yield from browser.open_page(at, f"{SITE}/signup")
    method = weighted(rng, catalogue.SIGNUP_METHODS)
    at += timedelta(seconds=rng.uniform(2, 12))
    yield browser.event("signup_started", at, {"method": method})
    at += timedelta(seconds=20 + rng.lognormvariate(3.4, 0.7) * (1 if method == "email" else 0.4))
    easier = 1.0 if method == "email" else 1.25
    if rng.random() >= FORM_COMPLETION * easier:
        if rng.random() < 0.4:
            yield browser.event("signup_failed", at, {"method": method, "reason": "email already used"})
        yield from browser.leave_page(at + timedelta(seconds=rng.uniform(4, 60)))
        return

    account = _new_account(visitor, browser, method, at)
    anonymous_id, browser.distinct_id, browser.identified = browser.distinct_id, account.user_id, True
    identify = {"$anon_distinct_id": anonymous_id, "$set": account.person, "$set_once": account.person_once}
    yield browser.event("$identify", at, identify)
    browser.groups[GROUP_TYPE] = account.company.key
    group = {"$group_type": GROUP_TYPE, "$group_key": account.company.key, "$group_set": account.company.properties()}
    yield browser.event("$groupidentify", at + timedelta(milliseconds=20), group)
    completed = {"method": method, "seconds_to_complete": round(rng.uniform(15, 240), 1), "invited": rng.random() < 0.2}
    yield browser.event("signup_completed", at + timedelta(milliseconds=40), completed)
    yield from use_product(account, browser, at + timedelta(seconds=rng.uniform(2, 15)))


def _new_account(visitor: Visitor, browser: Browser, method: str, at: datetime) -> Account:
    rng = browser.rng
    company = pick_company(visitor.seed, rng)
    first, last = rng.choice(catalogue.FIRST_NAMES), rng.choice(catalogue.LAST_NAMES)
    number = f"{visitor.day:%y%m%d}{visitor.number:03d}"
    role = weighted(rng, catalogue.ROLES)
    person: dict[str, object] = {
        "email": f"{first}.{last}@{company.domain}".lower(),
        "name": f"{first} {last}",
        "role": role,
        "plan": catalogue.FREE_PLAN,
        "newsletter": rng.random() < 0.45,
        "seats": 1,
        "interests": rng.sample(catalogue.TASK_LABELS, k=rng.randint(1, 3)),
    }
    once: dict[str, object] = {
        "signed_up_at": at.isoformat(timespec="milliseconds"),
        "signup_method": method,
        "first_channel": {"referrer": browser.channel.referrer, "campaign": browser.channel.campaign},
    }
    return Account(f"user_{number}", person, once, company)


def weighted(rng: random.Random, choices: Mapping[Choice, int]) -> Choice:
    """One of `choices`, as often as its weight says."""
    return rng.choices(list(choices), weights=list(choices.values()))[0]


def _visits_before_deciding(rng: random.Random) -> int:
    return 1 + (rng.random() < 0.32) + (rng.random() < 0.14)


def _moment(rng: random.Random, visitor: Visitor, offset: int) -> datetime:
    hour = (rng.choices(range(24), weights=HOURS)[0] - offset) % 24
    return datetime.combine(visitor.day, time(hour), tzinfo=UTC) + timedelta(seconds=rng.uniform(0, 3600))
