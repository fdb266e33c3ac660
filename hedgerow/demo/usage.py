"""What people with an account do: boards and tasks, most on working days, some pay, some stop."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from hedgerow.demo import catalogue
from hedgerow.demo.browsing import Browser, DemoEvent, server_event
from hedgerow.demo.catalogue import APP, Plan
from hedgerow.demo.companies import Company

ACTIVITY_BY_WEEKDAY = (1.0, 1.0, 0.98, 0.94, 0.78, 0.16, 0.14)
BILLING_DAYS = 30
PAUSE = timedelta(minutes=20)
"""The least time between two sessions."""


@dataclass
class Account:
    """A user who has signed up, and how things stand with them."""

    user_id: str
    person: dict[str, object]
    person_once: dict[str, object]
    company: Company
    boards: int = 0
    tasks: int = 0
    plan: Plan | None = None
    seats: int = 1
    next_invoice: datetime | None = None


def use_product(account: Account, browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    """The account's events from the end of the sign-up until they stop for good, in the order of time."""
    rng = browser.rng
    for event in _onboarding(account, browser, at):
        yield event
        at = event.at
    if account.boards == 0 and rng.random() < 0.7:
        return
    keenness = rng.betavariate(2.2, 2.6) * (1.25 if account.boards else 0.4)
    leaves_daily = rng.uniform(0.006, 0.03) / (0.6 + keenness)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    while rng.random() >= leaves_daily:
        day += timedelta(days=1)
        for event in _day(account, browser, day, at + PAUSE, keenness):
            yield event
            at = event.at
    if account.plan is not None:
        yield from _cancel(account, browser, max(at + PAUSE, day + timedelta(days=1, hours=10)))


def _onboarding(account: Account, browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    rng = browser.rng
    yield from browser.open_page(at, f"{APP}/boards")
    if rng.random() < 0.74:
        at += timedelta(seconds=rng.uniform(10, 300))
        yield _create_board(account, browser, at)
        for _ in range(rng.randint(0, 4)):
            at += timedelta(seconds=rng.uniform(8, 90))
            yield _create_task(account, browser, at)
        if rng.random() < 0.42:
            at += timedelta(seconds=rng.uniform(20, 400))
            yield _invite(account, browser, at)
    yield from browser.leave_page(at + timedelta(seconds=rng.uniform(5, 200)))


def _day(account: Account, browser: Browser, day: datetime, earliest: datetime, keenness: float) -> Iterator[DemoEvent]:
    """A day's invoice, if one is due, and on some days a session in the working hours of the country."""
    rng = browser.rng
    for event in _bill(account, browser, max(day, earliest)):
        yield event
        earliest = event.at + PAUSE
    if rng.random() >= keenness * ACTIVITY_BY_WEEKDAY[day.weekday()]:
        return
    local_hour = min(20.0, max(6.0, rng.gauss(11.5, 3.0)))
    at = max(earliest, day + timedelta(hours=(local_hour - browser.country.offset) % 24))
    browser.start_session(at, campaign=False)
    yield from browser.open_page(at, f"{APP}/boards")
    for _ in range(1 + min(9, int(rng.expovariate(1 / 2.6)))):
        at += timedelta(seconds=4 + rng.lognormvariate(3.3, 0.8))
        for event in _action(account, browser, at):
            yield event
            at = event.at
    yield from browser.leave_page(at + timedelta(seconds=rng.uniform(5, 400)))


def _action(account: Account, browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    rng = browser.rng
    draw = rng.random()
    if account.boards == 0 or draw < 0.04:
        yield _create_board(account, browser, at)
    elif draw < 0.34:
        yield _create_task(account, browser, at)
    elif draw < 0.62 and account.tasks:
        yield _complete_task(account, browser, at)
    elif draw < 0.84:
        yield from browser.open_page(at, f"{APP}/boards/{rng.randint(1, account.boards)}")
    elif draw < 0.90:
        yield browser.click(at, rng.choice(("New task", "Share board", "Filter", "Archive")))
    elif draw < 0.93:
        yield _invite(account, browser, at)
    elif draw < 0.96:
        yield from _export_report(browser, at)
    elif draw < 0.98:
        yield browser.event("search_performed", at, {"results": rng.randrange(0, 40), "length": rng.randint(2, 24)})
    elif account.plan is None and draw < 0.994:
        yield from _upgrade(account, browser, at)


def _create_board(account: Account, browser: Browser, at: datetime) -> DemoEvent:
    rng = browser.rng
    account.boards += 1
    template = rng.choices(list(catalogue.TEMPLATES), weights=list(catalogue.TEMPLATES.values()))[0]
    properties = {"template": template, "board_number": account.boards, "shared": rng.random() < 0.35}
    return browser.event("board_created", at, properties)


def _create_task(account: Account, browser: Browser, at: datetime) -> DemoEvent:
    rng = browser.rng
    account.tasks += 1
    due = at + timedelta(days=rng.randint(1, 21))
    properties = {
        "labels": rng.sample(catalogue.TASK_LABELS, k=rng.randint(0, 3)),
        "estimate_hours": rng.choice((0.5, 1, 2, 3, 5, 8)),
        "due_at": datetime.combine(due.date(), time(17), tzinfo=due.tzinfo).isoformat(),
        "assigned": rng.random() < 0.7,
        "position": {"column": rng.choice(("To do", "Doing", "Later")), "index": rng.randrange(0, 12)},
    }
    return browser.event("task_created", at, properties)


def _complete_task(account: Account, browser: Browser, at: datetime) -> DemoEvent:
    rng = browser.rng
    account.tasks -= 1
    properties = {"hours_spent": round(rng.lognormvariate(0.6, 0.8), 2), "on_time": rng.random() < 0.78}
    return browser.event("task_completed", at, properties)


def _invite(account: Account, browser: Browser, at: datetime) -> DemoEvent:
    rng = browser.rng
    invited = rng.choices((1, 2, 3, 5), weights=(60, 22, 12, 6))[0]
    account.seats += invited
    return browser.event("invite_sent", at, {"invited": invited, "$set": {"seats": account.seats}})


def _export_report(browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    rng = browser.rng
    yield from browser.open_page(at, f"{APP}/reports")
    at += timedelta(seconds=rng.uniform(4, 60))
    chosen = rng.choices(list(catalogue.REPORT_FORMATS), weights=list(catalogue.REPORT_FORMATS.values()))[0]
    properties = {"format": chosen, "rows": int(rng.lognormvariate(5, 1)), "milliseconds": rng.randint(180, 4200)}
    yield browser.event("report_exported", at, properties)


def _upgrade(account: Account, browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    rng = browser.rng
    yield from browser.open_page(at, f"{APP}/settings/billing")
    at += timedelta(seconds=rng.uniform(15, 240))
    plan = rng.choices(list(catalogue.PLANS), weights=list(catalogue.PLANS.values()))[0]
    annual = rng.random() < 0.3
    account.plan = plan
    account.next_invoice = _next_midnight(at)
    properties = {
        "plan": plan.name,
        "price": round(plan.price * account.seats * (0.8 if annual else 1.0), 2),
        "currency": "EUR",
        "annual": annual,
        "seats": account.seats,
        "features": list(plan.features),
        "renews_at": (at + timedelta(days=365 if annual else BILLING_DAYS)).isoformat(timespec="seconds"),
        "coupon": {"code": "WELCOME", "percent": 10} if rng.random() < 0.25 else {},
        "$set": {"plan": plan.name, "seats": account.seats},
    }
    yield browser.event("plan_upgraded", at, properties)


def _bill(account: Account, browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    """The invoice of a paying account when it is due: the product's server sends it in the small hours."""
    if account.plan is None or account.next_invoice is None or at < account.next_invoice:
        return
    account.next_invoice += timedelta(days=BILLING_DAYS)
    amount = round(account.plan.price * account.seats, 2)
    at += timedelta(seconds=browser.rng.uniform(60, 3600))
    paid = {"amount": amount, "currency": "EUR", "plan": account.plan.name, "seats": account.seats}
    yield server_event(browser.rng, "invoice_paid", account.user_id, at, browser.groups, paid)


def _cancel(account: Account, browser: Browser, at: datetime) -> Iterator[DemoEvent]:
    rng = browser.rng
    browser.start_session(at, campaign=False)
    yield from browser.open_page(at, f"{APP}/settings/billing")
    at += timedelta(seconds=rng.uniform(20, 200))
    reason = rng.choice(("too expensive", "missing feature", "project ended", "moved to another tool"))
    properties = {"plan": account.plan.name if account.plan else "", "reason": reason}
    yield browser.event("plan_cancelled", at, {**properties, "$set": {"plan": catalogue.FREE_PLAN}})
    yield from browser.leave_page(at + timedelta(seconds=rng.uniform(2, 30)))


def _next_midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
