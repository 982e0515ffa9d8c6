"""Logs: one line per event, as JSON, or as text in a terminal.

No line holds a body, a header, a query string or a token: whatever is logged of a request is named
here, one by one.
"""

import logging
import logging.config
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from booking_api.settings import Settings

_LIBRARIES = ("uvicorn", "uvicorn.error")


def request_logger() -> Any:
    return structlog.get_logger("booking.request")


def configure(settings: Settings) -> None:
    """Once per process: our logs and those of the libraries go to stderr in one form."""
    as_text = _wants_text(settings)
    structlog.configure(
        processors=[*_shared(), _rendering(as_text=as_text)],
        wrapper_class=structlog.make_filtering_bound_logger(_level(settings)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr)
        if as_text
        else structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(configuration(settings))


def configuration(settings: Settings) -> dict[str, Any]:
    """The logs of libraries, as `logging.config.dictConfig` wants it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "ours": {"()": "booking_api.http.logs.formatter", "as_text": _wants_text(settings)}
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"handlers": ["stderr"], "level": _level(settings)},
        "loggers": {
            **{name: {"level": "INFO", "propagate": True} for name in _LIBRARIES},
            # It would write query strings, and with them the tokens of sockets.
            "uvicorn.access": {"handlers": [], "propagate": False},
        },
    }


def formatter(*, as_text: bool = False) -> logging.Formatter:
    """For the records of libraries."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared(), _without_colours],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer() if as_text else structlog.processors.JSONRenderer(),
        ],
    )


def _level(settings: Settings) -> int:
    return logging.DEBUG if settings.debug else logging.INFO


def _wants_text(settings: Settings) -> bool:
    if settings.log_format == "auto":
        return not settings.is_production and sys.stderr.isatty()
    return settings.log_format == "text"


def _shared() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _rendering(*, as_text: bool) -> Processor:
    if as_text:
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(serializer=_json)


def _json(event: EventDict, **_: Any) -> bytes:
    return orjson.dumps(event, default=str)


def _without_colours(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)
    return event
