"""Django's settings. Everything a city may change is an environment variable, listed in docs/settings.md."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from pol137.machine import place

BASE_DIR = Path(__file__).resolve().parents[2]


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, "on" if default else "off").lower() in {"1", "on", "true", "yes"}


DATA_DIR = (BASE_DIR / os.environ.get("POL137_DATA", "var")).resolve()
CITIES_DIR = BASE_DIR / "cities"
CITY = os.environ.get("POL137_CITY", "mashhad")
if "/" in CITY:
    CITY = str(BASE_DIR / CITY)
HOST = os.environ.get("POL137_HOST", "127.0.0.1")
PORT = int(os.environ.get("POL137_PORT", "8137"))
PUBLIC_URL = place.public_url(HOST, PORT, tls=place.find_tls(DATA_DIR) is not None)
DEMO = _flag("POL137_DEMO", False)
LOOPBACK = HOST in {"127.0.0.1", "localhost", "::1"}
RATE_LIMITS = _flag("POL137_RATE_LIMITS", True)
MODERATION = _flag("POL137_MODERATION", True)
OPEN311_TEST_URL = os.environ.get("POL137_OPEN311_TEST_URL", "").rstrip("/")
METRICS_TOKEN = os.environ.get("POL137_METRICS_TOKEN", "")
TESTING = "pytest" in sys.modules

DEBUG = False
USE_X_FORWARDED_HOST = _flag("POL137_BEHIND_PROXY", False)
if USE_X_FORWARDED_HOST:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", HOST, urlsplit(PUBLIC_URL).hostname or HOST]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []


def _secret_key() -> str:
    path = DATA_DIR / "secret-key"
    if key := os.environ.get("POL137_SECRET_KEY"):
        return key
    return (
        path.read_text().strip() if path.exists() else "set-up-only-no-server-runs-with-this-key-" + "0" * 16
    )


SECRET_KEY = _secret_key()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "procrastinate.contrib.django",
    "pol137.journal",
    "pol137.city",
    "pol137.staff",
    "pol137.citizens",
    "pol137.messaging",
    "pol137.cases",
    "pol137.notices",
    "pol137.oversight",
    "pol137.referrals",
    "pol137.dispatch",
    "pol137.contacts",
    "pol137.history",
    "pol137.simulation",
    "pol137.web",
    "pol137.portal",
    "pol137.desk",
    "pol137.api",
    "pol137.wiring",
]

MIDDLEWARE = [
    "pol137.web.pulse.PulseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pol137.web.headers.HeadersMiddleware",
    "pol137.web.arriving.ArrivingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pol137.web.access.AccessMiddleware",
]

ROOT_URLCONF = "pol137.wiring.urls"
SCHEDULE = "pol137.wiring.schedule.SCHEDULE"
WSGI_APPLICATION = "pol137.wiring.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pol137.web.context.page",
            ],
            "builtins": ["pol137.web.templatetags.fa", "pol137.web.templatetags.parts"],
        },
    }
]


def _database() -> dict[str, object]:
    """The database of DATABASE_URL, else the private server under the data folder (through its socket)."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        from pol137.machine import postgres

        url = postgres.url(DATA_DIR)
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "pol137",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "") or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**query, **({} if TESTING else {"pool": {"min_size": 1, "max_size": 12, "timeout": 15}})},
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/desk/login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/desk/login"
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SESSION_COOKIE_SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

LANGUAGE_CODE = "fa"
LANGUAGES = [("fa", "فارسی"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "pol137" / "web" / "vendor"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILES_DIR = DATA_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "pol137.web.pulse.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("POL137_LOG_LEVEL", "INFO")},
    "loggers": {"django.server": {"level": "WARNING"}, "procrastinate": {"level": "WARNING"}},
}
