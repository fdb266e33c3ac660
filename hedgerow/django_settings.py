"""Django's settings, all derived from the one typed `Settings` object.

The app hears HTTP only from the capture processes, through a Unix socket that nobody else can reach. Capture has
already decided which `X-Forwarded-*` headers to believe and sets them itself, so they are believed here.
"""

from hedgerow.logs import configure_logging
from hedgerow.records import database_configuration
from hedgerow.secret import secret_key
from hedgerow.settings import Settings, load_settings

HEDGEROW: Settings = load_settings()

SECRET_KEY = secret_key(HEDGEROW)
DEBUG = False
ROOT_URLCONF = "hedgerow.urls"
WSGI_APPLICATION = "hedgerow.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mails are unique whatever their case, which is stronger

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "hedgerow.organizations",
    "hedgerow.projects",
    "hedgerow.activity",
    "hedgerow.eventstore",
    "hedgerow.work",
    "hedgerow.persons",
    "hedgerow.groups",
    "hedgerow.taxonomy",
    "hedgerow.actions",
    "hedgerow.loader",
    "hedgerow.queries",
    "hedgerow.cohorts",
    "hedgerow.saved_insights",
    "hedgerow.dashboards",
    "hedgerow.dashboard_templates",
    "hedgerow.sharing",
    "hedgerow.files",
    "hedgerow.integrations",
    "hedgerow.exports",
    "hedgerow.subscriptions",
    "hedgerow.recordings",
    "hedgerow.access",
    "hedgerow.project_secret_keys",
    "hedgerow.accounts",
    "hedgerow.domains",
    "hedgerow.sso",
    "hedgerow.scim",
    "hedgerow.api",
    "hedgerow.web",
]

MIDDLEWARE = [
    "hedgerow.api.middleware.SecureCookies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hedgerow.api.middleware.CrossOrigin",
    "hedgerow.api.middleware.RequestGuard",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "hedgerow.accounts.middleware.SeenSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": database_configuration(HEDGEROW)}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 10_000}},
    "rate_limits": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rate_limits",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "query_results": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HEDGEROW.data_dir / "query_results",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}

# People
AUTH_USER_MODEL = "organizations.User"
AUTHENTICATION_BACKENDS = ["hedgerow.organizations.login.EmailBackend"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "hedgerow.organizations.passwords.PasswordStrength"}]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"
PASSWORD_RESET_TIMEOUT = 24 * 3600  # of links in mails by which a password is chosen or an address confirmed
SESSION_COOKIE_AGE = HEDGEROW.session_days * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "hedgerow.web.rendering.form_expired"
CSRF_COOKIE_NAME = "posthog_csrftoken"  # the name API clients echo in `X-CSRFToken`

# Where requests come from. Any host name is welcome: a self-hosted server is reached by addresses its owner never
# lists, and links that leave the server (in e-mails) are built from `site_url`, never from the request's host.
ALLOWED_HOSTS = ["*"]
USE_X_FORWARDED_HOST = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"

# Language and time: UTC everywhere; a project's time zone is applied where its numbers are shown
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# Static files are served from the packages themselves; nothing has to be collected first
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

LOGGING_CONFIG = None  # instead of Django's own:
configure_logging(HEDGEROW)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "hedgerow.project_secret_keys.authentication.ProjectSecretKeyAuthentication",
        "hedgerow.organizations.authentication.PersonalAPIKeyAuthentication",
        "hedgerow.accounts.enforcement.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "hedgerow.api.scopes.KeyPermission",
        "hedgerow.api.access.MemberPermission",
        "hedgerow.access.permissions.LevelPermission",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "hedgerow.api.rendering.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["hedgerow.api.rendering.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["hedgerow.api.throttling.OrdinaryCalls"],
    "DEFAULT_PAGINATION_CLASS": "hedgerow.api.paging.LimitOffset",
    "DEFAULT_SCHEMA_CLASS": "hedgerow.api.openapi.ScopedSchema",
    "EXCEPTION_HANDLER": "hedgerow.api.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Hedgerow API",
    "DESCRIPTION": "Product analytics you own. Authenticate with a personal API key: `Authorization: Bearer phx_…`.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "MembershipLevelEnum": "hedgerow.api.levels.Level.choices",
        "ProjectAccessLevelEnum": ["member", "admin"],
        "MatchingEnum": ["contains", "regex", "exact"],
        "RestrictionLevelEnum": "hedgerow.dashboards.models.RestrictionLevel.choices",
        "SearchMatchEnum": ["exact", "similar"],
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
}
