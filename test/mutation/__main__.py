"""python3 -m test.mutation [--planted] [--check] [--list] [--only ID|CLAUSE ...] [--jobs N]

Builds each mutant of test/mutation/mutants in a scratch copy below build/mutation, runs the validator's unit tests and
the scenarios of test/mutation/clauses.toml, and prints a table: mutant, clause, what killed it, or SURVIVED. Exit code
1 when one survives or does not build. --planted: instead those that a property of the simulation must find, and the
seed in which it did. --check only asks whether the tables fit sources and tests.
"""
import argparse
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from . import table
from .workshop import Broken, Workshop

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def check():
    findings = list(table.check(ROOT))
    for finding in findings:
        print("mutation table: " + finding)
    stated, wrong_edits = table.clauses(ROOT), table.mutants(ROOT)
    print("mutation table: %d clauses, %d mutants: %s"
          % (len(stated), len(wrong_edits), "%d findings" % len(findings) if findings else "fits"))
    print("%d passed, %d failed" % (0 if findings else 1, len(findings)))
    return 1 if findings else 0


def of_kind(stated, wrong_edits, planted):
    simulated = {clause.id for clause in stated if clause.simulated()}
    return [m for m in wrong_edits if (m.clause in simulated) == planted]


def chosen(wrong_edits, words):
    if not words:
        return wrong_edits
    unknown = [word for word in words if not any(word in (m.id, m.clause) for m in wrong_edits)]
    if unknown:
        sys.exit("mutate: no mutant or clause " + ", ".join(unknown))
    return [m for m in wrong_edits if m.id in words or m.clause in words]


class Trial:
    """All chosen mutants, shared out among the workshops."""

    def __init__(self, stated, wrong_edits, planted, jobs):
        self.planted = planted
        self.clauses = {clause.id: clause for clause in stated}
        self.mutants = wrong_edits
        self.scenarios = list(dict.fromkeys(name for clause in stated for name in clause.scenarios()))
        self.jobs = max(1, min(jobs, len(wrong_edits)))
        self.width = max(len(m.id) for m in wrong_edits)
        self.clause_width = max(len(m.clause) for m in wrong_edits)
        self.print_lock = threading.Lock()
        self.survived, self.troubled = [], []

    def run(self):
        free = SimpleQueue()
        for number in range(self.jobs):
            shop = Workshop(ROOT, number, self.scenarios, self.planted)
            shop.prepare()
            free.put(shop)
        with ThreadPoolExecutor(self.jobs) as pool:
            list(pool.map(lambda mutant: self.one(free, mutant), self.mutants))

    def one(self, free, mutant):
        shop = free.get()
        try:
            killer, trouble = shop.try_mutant(mutant, self.clauses[mutant.clause].scenarios())
        finally:
            free.put(shop)
        if trouble:
            self.troubled.append(mutant.id)
        elif killer is None:
            self.survived.append(mutant.id)
        verdict = trouble or killer or "SURVIVED: " + mutant.what
        with self.print_lock:
            print("%-*s  %-*s  %s" % (self.width, mutant.id, self.clause_width, mutant.clause, verdict), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="test.mutation")
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID|CLAUSE")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    code = check()
    if options.check or code:
        return code
    stated = table.clauses(ROOT)
    wrong_edits = chosen(of_kind(stated, table.mutants(ROOT), options.planted), options.only)
    if options.list:
        for mutant in wrong_edits:
            print("%s (%s): %s" % (mutant.id, mutant.clause, mutant.what))
        return 0
    began = time.monotonic()
    trial = Trial(stated, wrong_edits, options.planted, options.jobs)
    try:
        trial.run()
    except Broken as error:
        sys.exit("mutate: %s" % error)
    bad = len(trial.survived) + len(trial.troubled)
    print("%d clauses, %d mutants in %d s: %d killed, %d survived, %d did not build"
          % (len({m.clause for m in wrong_edits}), len(wrong_edits), time.monotonic() - began, len(wrong_edits) - bad,
             len(trial.survived), len(trial.troubled)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
