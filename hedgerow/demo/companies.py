"""The companies that the sample's users work for: the groups."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hedgerow.demo.catalogue import COMPANY_FIRST, COMPANY_SECOND, INDUSTRIES

GROUP_TYPE = "company"
COMPANIES = len(COMPANY_FIRST) * len(COMPANY_SECOND)


@dataclass(frozen=True)
class Company:
    """A company; `employees` decides how many of the users belong to it."""

    key: str
    name: str
    industry: str
    employees: int
    is_partner: bool
    customer_since: date

    @property
    def domain(self) -> str:
        """Where its people have their mail."""
        return f"{self.key}.example.com"

    def properties(self) -> dict[str, object]:
        """What is known of the company: a text, a number, a boolean, a date and time, a list and an object."""
        since = datetime.combine(self.customer_since, datetime.min.time(), tzinfo=UTC)
        return {
            "name": self.name,
            "industry": self.industry,
            "employees": self.employees,
            "is_partner": self.is_partner,
            "customer_since": since.isoformat(),
            "tags": [self.industry.lower(), "partner" if self.is_partner else "direct"],
            "address": {"domain": self.domain, "country": "NL" if self.employees % 2 else "DE"},
        }


def company(seed: int, number: int) -> Company:
    """Company `number` (0 to COMPANIES - 1), the same for the same seed."""
    rng = random.Random(f"{seed}/company/{number}")  # noqa: S311 - not a secret
    first, second = COMPANY_FIRST[number % len(COMPANY_FIRST)], COMPANY_SECOND[number // len(COMPANY_FIRST)]
    return Company(
        key=f"{first}-{second}".lower(),
        name=f"{first} {second}",
        industry=rng.choice(INDUSTRIES),
        employees=int(min(5000, max(2, rng.lognormvariate(3.4, 1.2)))),
        is_partner=rng.random() < 0.12,
        customer_since=date(2024, 1, 1) + timedelta(days=rng.randrange(600)),
    )


def pick_company(seed: int, rng: random.Random) -> Company:
    """A company for a new user: a few companies have many users, most have one or two."""
    return company(seed, min(COMPANIES - 1, int(rng.expovariate(1 / 60))))
