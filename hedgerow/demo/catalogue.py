"""What the sample is made of: an invented product, its pages, channels, devices, countries and companies.

Fernworks is a planning board for small teams. All its addresses are under `example.com`, which belongs to nobody.
"""

from dataclasses import dataclass

SITE = "https://fernworks.example.com"
APP = "https://app.fernworks.example.com"

LANDING_PAGES = {"/": 50, "/features": 14, "/pricing": 12, "/templates": 12, "/blog/planning-a-week": 12}
MARKETING_PAGES = {
    "/": 16,
    "/features": 20,
    "/pricing": 26,
    "/templates": 16,
    "/customers": 10,
    "/blog/planning-a-week": 7,
    "/blog/fewer-meetings": 5,
}
PAGE_TITLES = {
    "/": "Fernworks – plans that grow with you",
    "/features": "Features – Fernworks",
    "/pricing": "Pricing – Fernworks",
    "/templates": "Templates – Fernworks",
    "/customers": "Customers – Fernworks",
    "/blog/planning-a-week": "Planning a week in ten minutes – Fernworks",
    "/blog/fewer-meetings": "Fewer meetings, better ones – Fernworks",
    "/signup": "Create your account – Fernworks",
    "/boards": "Your boards – Fernworks",
    "/reports": "Reports – Fernworks",
    "/settings/billing": "Billing – Fernworks",
}


@dataclass(frozen=True)
class Channel:
    """Where a visitor comes from; `quality` multiplies how likely they are to sign up."""

    referrer: str
    quality: float = 1.0
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


CHANNELS = {
    Channel("$direct", 1.15): 26,
    Channel("https://www.google.com/", 1.0): 30,
    Channel("https://duckduckgo.com/", 1.1): 5,
    Channel("https://www.google.com/", 0.9, "google", "cpc", "brand-search"): 12,
    Channel("https://www.linkedin.com/", 0.7, "linkedin", "paid_social", "team-leads"): 9,
    Channel("https://news.example.com/", 1.35, "newsletter", "email", "weekly-digest"): 8,
    Channel("https://www.reddit.com/", 0.55): 6,
    Channel("https://partner.example.com/", 1.5, "partner", "referral", "integration-page"): 4,
}


@dataclass(frozen=True)
class Device:
    """A browser on a machine, as the browser library describes it."""

    device_type: str
    os: str
    browser: str
    browser_version: int
    screen: tuple[int, int]


DEVICES = {
    Device("Desktop", "Mac OS X", "Chrome", 141, (1728, 1117)): 24,
    Device("Desktop", "Windows", "Chrome", 141, (1920, 1080)): 26,
    Device("Desktop", "Windows", "Microsoft Edge", 141, (1536, 864)): 8,
    Device("Desktop", "Mac OS X", "Safari", 26, (1440, 900)): 8,
    Device("Desktop", "Linux", "Firefox", 144, (1920, 1080)): 6,
    Device("Mobile", "iOS", "Mobile Safari", 26, (393, 852)): 15,
    Device("Mobile", "Android", "Chrome", 141, (412, 915)): 11,
    Device("Tablet", "iOS", "Mobile Safari", 26, (820, 1180)): 2,
}


@dataclass(frozen=True)
class Country:
    """Where a visitor sits; `offset` is the hours its clocks are ahead of UTC."""

    code: str
    name: str
    city: str
    offset: int


COUNTRIES = {
    Country("US", "United States", "Chicago", -6): 30,
    Country("GB", "United Kingdom", "Leeds", 0): 14,
    Country("DE", "Germany", "Hamburg", 1): 13,
    Country("NL", "Netherlands", "Utrecht", 1): 7,
    Country("FR", "France", "Lyon", 1): 8,
    Country("CA", "Canada", "Toronto", -5): 7,
    Country("SE", "Sweden", "Gothenburg", 1): 4,
    Country("BR", "Brazil", "Curitiba", -3): 6,
    Country("IN", "India", "Pune", 5): 7,
    Country("AU", "Australia", "Brisbane", 10): 4,
}


@dataclass(frozen=True)
class Plan:
    """A plan to pay for; prices are per seat and month in euros."""

    name: str
    price: float
    features: tuple[str, ...]


PLANS = {
    Plan("Seedling", 4.0, ("boards",)): 45,
    Plan("Grove", 9.5, ("boards", "reports")): 40,
    Plan("Forest", 19.0, ("boards", "reports", "sso", "audit")): 15,
}
FREE_PLAN = "Free"

INDUSTRIES = ("Architecture", "Education", "Health care", "Manufacturing", "Media", "Retail", "Software", "Travel")
COMPANY_FIRST = ("Alder", "Birch", "Clover", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Ivory", "Juniper",
                 "Kelp", "Larch", "Meadow", "Nettle", "Orchard", "Pebble", "Quarry", "Rowan", "Saffron",
                 "Tundra")  # fmt: skip
COMPANY_SECOND = ("Analytics", "Bakery", "Cycles", "Design", "Energy", "Foods", "Group", "House", "Labs", "Media",
                  "Partners", "Studio", "Travel", "Works")  # fmt: skip
FIRST_NAMES = ("Ada", "Amir", "Bea", "Carlos", "Chidi", "Dana", "Elif", "Emil", "Fatima", "Finn", "Grace", "Hana",
               "Ines", "Ivan", "Jonas", "Kai", "Lea", "Liam", "Maya", "Mei", "Nadia", "Noah", "Olga", "Priya",
               "Quinn", "Rosa", "Sam", "Sofia", "Tariq", "Uma", "Viktor", "Wen", "Yara", "Zoe")  # fmt: skip
LAST_NAMES = ("Adeyemi", "Berg", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kaur",
              "Lindqvist", "Moreau", "Novak", "Okafor", "Patel", "Rossi", "Silva", "Tanaka", "Ueda", "Visser",
              "Walker", "Yilmaz", "Zhang")  # fmt: skip
ROLES = {"Designer": 18, "Engineer": 24, "Marketing": 16, "Operations": 14, "Product": 20, "Founder": 8}
SIGNUP_METHODS = {"email": 55, "google": 35, "sso": 10}
TEMPLATES = {"Blank": 34, "Sprint": 24, "Editorial calendar": 14, "Hiring": 10, "Launch": 18}
TASK_LABELS = ("bug", "copy", "design", "research", "review", "urgent", "waiting")
REPORT_FORMATS = {"pdf": 50, "csv": 35, "xlsx": 15}
FEATURE_CLICKS = ("Try it free", "Start now", "See plans", "Watch the tour")
