"""python3 -m test.whole --windlass PATH --windlassctl PATH [--only TOPIC[,TOPIC...]] [--list]

Runs the whole-system tests; one line a test, `N passed, N failed` at the end.
"""
import argparse
import importlib
import os
import signal
import sys
import time

from . import ending
from .lab import Lab
from .suite import Skipped
from .windlass import Programs, WindlassError

TOPICS = ("verdicts", "flags", "responses", "transport", "upstream", "forwarding", "views", "config", "plugin", "life",
          "control", "anchors", "rollover", "negative", "keytags", "stale", "outage", "failures", "clients", "attacks",
          "poison", "faults", "metrics", "sharing", "zones",
          "streams", "answers", "edits", "transfer", "store", "damage", "mutations", "demonstration", "opinion", "deductions",
          "special", "localroot", "rebinding", "identity", "dns64")


def suites(only):
    for topic in TOPICS:
        if not only or topic in only:
            yield importlib.import_module(f".{topic}_tests", __package__).suite


def run_one(lab, topic, title, function):
    """True, False, or None when skipped; prints the line."""
    began, why, outcome = time.monotonic(), "", True
    try:
        function(lab)
    except Skipped as missing:
        outcome, why = None, f": {missing}"
    except Exception as error:  # whatever goes wrong in a test is that test's failure
        outcome, why = False, f": {type(error).__name__}: {error}"
    word = {True: "ok  ", False: "FAIL", None: "skip"}[outcome]
    print(f"{word} {topic}: {title} ({time.monotonic() - began:.2f} s){why}", flush=True)
    return outcome


def run_all(lab, only):
    outcomes = []
    for suite in suites(only):
        outcomes += [run_one(lab, suite.topic, title, function) for title, function in suite.tests]
    outcomes.append(run_one(lab, "end", "the shared server ended well", Lab.end_shared))
    return outcomes


def main():
    parser = argparse.ArgumentParser(prog="python3 -m test.whole")
    parser.add_argument("--windlass", required=True)
    parser.add_argument("--windlassctl", required=True)
    parser.add_argument("--only", default="", help="topics: " + ", ".join(TOPICS))
    parser.add_argument("--list", action="store_true", help="print the tests and end")
    options = parser.parse_args()
    only = [topic for topic in options.only.split(",") if topic]
    unknown = set(only) - set(TOPICS)
    if unknown:
        parser.error(f"no topic {', '.join(sorted(unknown))}; there are: {', '.join(TOPICS)}")
    if options.list:
        for suite in suites(only):
            print("\n".join(f"{suite.topic}: {title}" for title, _ in suite.tests))
        return 0
    ending.listen(signal.SIGTERM)
    try:
        programs = Programs(os.path.abspath(options.windlass), os.path.abspath(options.windlassctl))
    except WindlassError as error:
        parser.error(str(error))
    with Lab(programs) as lab:
        outcomes = run_all(lab, only)
    print(f"{outcomes.count(True)} passed, {outcomes.count(False)} failed"
          + (f" ({outcomes.count(None)} skipped)" if None in outcomes else ""))
    return 1 if False in outcomes or True not in outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
