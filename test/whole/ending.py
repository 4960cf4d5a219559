"""To be ended by SIGINT or SIGTERM.

The handler raises SystemExit, but Python drops what is raised while it runs a hook of its own (those around fork are
such): so the signal is remembered, and `ask` raises it again at the next place that may be left.
"""
import signal

_heard = None


def _hear(number, _):
    global _heard
    _heard = 128 + number
    raise SystemExit(_heard)


def listen(*numbers):
    for number in numbers:
        signal.signal(number, _hear)


def ask():
    if _heard is not None:
        raise SystemExit(_heard)
