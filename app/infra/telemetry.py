"""Logging: one event per line, a verb in the past tense, ids as fields. No prompts, no full links, no lyrics."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


def set_up_logging(level: str) -> None:
    """Log to standard error. Client libraries are kept quiet: they log whole links."""
    logging.basicConfig(level=level, format=FORMAT)
    for name in ("httpx", "httpcore", "alembic", "kombu", "amqp"):
        logging.getLogger(name).setLevel(logging.WARNING)
