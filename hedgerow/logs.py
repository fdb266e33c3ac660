"""How every process writes its log: one line an entry on standard error, readable text or JSON."""

import logging.config
import sys

import structlog
from structlog.typing import Processor

from hedgerow.settings import Settings


def configure_logging(settings: Settings) -> None:
    """Route structlog and the standard library's loggers through the same format, at `settings.log_level`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "entry": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *_last_processors(settings.log_json),
                    ],
                }
            },
            "handlers": {
                "standard_error": {"class": "logging.StreamHandler", "formatter": "entry", "stream": "ext://sys.stderr"}
            },
            "root": {"handlers": ["standard_error"], "level": settings.log_level.upper()},
            "loggers": {
                # Each is said again, with more context, by our own error handling
                "django.request": {"level": "CRITICAL"},
                "httpx": {"level": "WARNING"},
                "httpcore": {"level": "WARNING"},
            },
        }
    )


def _last_processors(log_json: bool) -> list[Processor]:
    if log_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Plain traces: the richer ones print every local variable, secrets among them.
    return [
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    ]
