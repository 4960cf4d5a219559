"""One seed from plan to opinions."""
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor

from ..whole.windlass import Windlass
from . import build as building
from . import deduced, opinions, plan, questions
from .classes import DEDUCED
from .compare import AGREED, KNOWN, Case, judge


class Seed:
    """Builds one seed's zones and asks about them."""

    def __init__(self, seed, programs, options):
        self.seed, self.programs, self.options = seed, programs, options
        self.plan = plan.make(seed, building.tables())

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix=f"windlass-opinion-{self.seed}-")
        return self

    def __exit__(self, *_):
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def cases(self, classes):
        """Yields (Case, (outcome, classes), function that says why) for every question."""
        with building.Build(self.plan, os.path.join(self.folder, "internet")) as made:
            config = os.path.join(self.folder, "unbound.conf")
            opinions.write_unbound(made, config)
            asked = [row for row in questions.of_build(made) if self._wanted(row)]
            settings = {"limits": {"nsec3_iterations": 50}, "dnssec": {"validation": not self.options.blind}}
            with Windlass(self.programs, made, os.path.join(self.folder, "windlass"), settings) as windlass:
                # In order, one by one: what Windlass keeps from one answer meets the next.
                ours = [opinions.windlass_says(windlass, name, rrtype) for _, name, rrtype in asked]
                # ANY is content with any one RRset (RFC 8482): the others are asked for that one.
                rows = [(name, own.brought or rrtype) for (_, name, rrtype), own in zip(asked, ours)]
                with ThreadPoolExecutor(self.options.workers) as pool:
                    theirs = pool.map(lambda row: (opinions.delv_says(made, *row),
                                                   opinions.unbound_says(made, config, *row)), rows)
                    for (_, name, rrtype), own, (delv, unbound) in zip(asked, ours, theirs):
                        case = Case(self.plan, name, rrtype, own, delv, unbound)
                        why = self._why(windlass, case)
                        yield case, self._judge(case, classes, why), why
            made.check()

    @staticmethod
    def _judge(case, classes, why):
        """As judge(); but a right denial that was made from earlier answers is judged by what is said afresh."""
        outcome = judge(case, classes)
        if outcome[0] in (AGREED, KNOWN) or not deduced.is_right(case):
            return outcome
        alone = deduced.afresh(case, why())
        return (KNOWN, [DEDUCED]) if alone and judge(alone, classes)[0] in (AGREED, KNOWN) else outcome

    def _wanted(self, row):
        words = self.options.only.split()
        return not words or str(row[1]).lower() == words[0].lower() and (len(words) < 2 or row[2] == words[1])

    def _why(self, windlass, case):
        return lambda: windlass.control("why", str(case.name), case.type)[1]
