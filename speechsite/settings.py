"""Settings of the site, all from the environment; `docs/operating.md` lists every name."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.contrib.messages import constants as message_levels

from speechsite import env
from speechsite.broker import socket_path
from speechsite.database import database_from_url
from speechsite.secret import secret_key_from

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("SPEECHSITE_DATA_DIR", str(BASE_DIR / "data"))).resolve()
PRIVATE_DIR = DATA_DIR / "private"
VERSION = "0.1.0"

DEBUG = env.flag("SPEECHSITE_DEBUG", default=False)
SECRET_KEY = secret_key_from(env.text("SPEECHSITE_SECRET_KEY"), DATA_DIR)
ALLOWED_HOSTS = env.words("SPEECHSITE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("SPEECHSITE_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "speechsite",
    "speechsite.lib",
    "speechsite.accounts",
    "speechsite.uploads",
    "recognition",
    "training_jobs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "speechsite.lib.static.StaticFilesMiddleware",
    "speechsite.lib.errors.ServiceErrorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "speechsite.urls"
ASGI_APPLICATION = "speechsite.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "training_jobs.web.context.running_job",
            ],
        },
    },
]

DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'speechsite.sqlite3'}")
DATABASES = {"default": database_from_url(DATABASE_URL, password=env.text("DATABASE_PASSWORD"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:login"
CSRF_FAILURE_VIEW = "speechsite.lib.errors.csrf_refused"

REDIS_SOCKET = socket_path(DATA_DIR)
REDIS_URL = env.text("REDIS_URL", f"redis+socket://{REDIS_SOCKET}")
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"training_jobs.run_training": {"queue": "training"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A late-acknowledged task longer than the visibility timeout is delivered twice: the row's claim makes that harmless.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 12 * 3600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE = {
    "reap-training": {"task": "training_jobs.reap", "schedule": 4.0, "options": {"expires": 10}},
    "reap-recognition": {"task": "recognition.reap", "schedule": 4.0, "options": {"expires": 10}},
    "purge-training": {"task": "training_jobs.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "purge-uploads": {"task": "uploads.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "purge-recognition": {"task": "recognition.purge", "schedule": 3600.0, "options": {"expires": 3600}},
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
        "OPTIONS": {"db": 1},
    },
}

STATIC_URL = "static/"
STATIC_ROOT = None
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    *(
        (prefix, folder)
        for prefix, folder in (
            ("npm/tabler", NODE_MODULES / "@tabler/core/dist"),
            ("npm/echarts", NODE_MODULES / "echarts/dist"),
            ("npm/htmx", NODE_MODULES / "htmx.org/dist"),
            ("npm/tus", NODE_MODULES / "tus-js-client/dist"),
            ("npm/hashes", NODE_MODULES / "@noble/hashes"),
            ("npm/idb", NODE_MODULES / "idb/build"),
        )
        if folder.is_dir()
    ),
]
# Finders serve the files straight from the checkout: no copying step that a changed file could miss.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 300

LANGUAGE_CODE = "en"
# Each by its own name: whoever looks for theirs may read no other.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = env.text("SPEECHSITE_TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True
MESSAGE_TAGS = {message_levels.ERROR: "bad", message_levels.WARNING: "warn", message_levels.SUCCESS: "good"}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    },
    "EXCLUDE_URL_PREFIXES": ["/api/v1/docs/", "/admin/"],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = env.flag("SPEECHSITE_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS
if env.flag("SPEECHSITE_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Limits on what people send. Bytes unless the name says otherwise.
MAX_UPLOAD_BYTES = env.number("SPEECHSITE_MAX_UPLOAD_BYTES", 2 * 1024**3)
MAX_WAITING_UPLOAD_BYTES_PER_USER = env.number("SPEECHSITE_MAX_WAITING_UPLOAD_BYTES_PER_USER", 10 * 1024**3)
UPLOADS_KEPT_DAYS = env.number("SPEECHSITE_UPLOADS_KEPT_DAYS", 7)
MAX_ARCHIVE_MEMBERS = env.number("SPEECHSITE_MAX_ARCHIVE_MEMBERS", 200_000)
MAX_UNPACKED_BYTES = env.number("SPEECHSITE_MAX_UNPACKED_BYTES", 20 * 1024**3)
MAX_COMPRESSION_RATIO = env.number("SPEECHSITE_MAX_COMPRESSION_RATIO", 200)
MAX_TEXT_BYTES = env.number("SPEECHSITE_MAX_TEXT_BYTES", 50 * 1024**2)
MAX_CLIP_SECONDS = env.number("SPEECHSITE_MAX_CLIP_SECONDS", 60)
MAX_RECORDING_SECONDS = env.number("SPEECHSITE_MAX_RECORDING_SECONDS", 4 * 3600)
CHECKED_IMPORTS_KEPT_DAYS = env.number("SPEECHSITE_CHECKED_IMPORTS_KEPT_DAYS", 7)
SHORT_AUDIO_SECONDS = env.number("SPEECHSITE_SHORT_AUDIO_SECONDS", 30)
MAX_LIVE_STREAMS = env.number("SPEECHSITE_MAX_LIVE_STREAMS", 32)
MAX_LIVE_STREAMS_PER_USER = env.number("SPEECHSITE_MAX_LIVE_STREAMS_PER_USER", 4)
LIVE_IDLE_SECONDS = env.number("SPEECHSITE_LIVE_IDLE_SECONDS", 60)
MAX_ACTIVE_JOBS_PER_USER = env.number("SPEECHSITE_MAX_ACTIVE_JOBS_PER_USER", 20)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
FILE_UPLOAD_TEMP_DIR = str(DATA_DIR / "tmp") if (DATA_DIR / "tmp").is_dir() else None

HEARTBEAT_SECONDS = 2
LOST_AFTER_SECONDS = env.number("SPEECHSITE_LOST_AFTER_SECONDS", 24)
RESEND_AFTER_SECONDS = env.number("SPEECHSITE_RESEND_AFTER_SECONDS", 20)
MAX_ATTEMPTS = 3

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "speechsite.accounts.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "speechsite.lib.pagination.ApiPagination",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.text("SPEECHSITE_API_RATE", "1200/min")},
    "EXCEPTION_HANDLER": "speechsite.lib.errors.api_exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Speechsite API",
    "DESCRIPTION": "Datasets, training, models and transcriptions of this site.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": "recognition.models.recognizers.Kind",
        "EventKindEnum": "training_jobs.models.jobs.JobEvent.Kind",
        "ClipOriginEnum": "training_jobs.models.clips.Clip.Origin",
        "TranscriptionOriginEnum": "recognition.models.transcriptions.Transcription.Origin",
        "ClipStatusEnum": "training_jobs.models.clips.Clip.Status",
        "ClipSplitEnum": "training_jobs.models.clips.Clip.Split",
        "EvaluationSplitEnum": "training_jobs.models.evaluations.Evaluation.Split",
        "ImportLayoutEnum": "training_jobs.api.dataset_serializers.LAYOUT_CHOICES",
        "ImportStatusEnum": "training_jobs.models.imports.DatasetImport.Status",
        "SnapshotStatusEnum": "training_jobs.models.snapshots.Snapshot.Status",
        "TrainingJobStatusEnum": "training_jobs.models.jobs.TrainingJob.Status",
        "TranscriptionStatusEnum": "recognition.models.transcriptions.Transcription.Status",
    },
}

LOG_LEVEL = env.text("SPEECHSITE_LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
