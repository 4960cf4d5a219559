"""How a test is written: a Suite per topic, one function or one table row a test, checks that say what was wrong."""
import re
import time


class Skipped(Exception):
    """What is missing on this machine, in words."""


class Suite:
    """The tests of one topic, in the order they were written."""

    def __init__(self, topic):
        self.topic, self.tests = topic, []        # [(title, function of a Lab)]

    def test(self, title):
        def keep(function):
            self.tests.append((title, function))
            return function
        return keep

    def table(self, rows, function, title=str):
        """One test a row: function(lab, row)."""
        for row in rows:
            self.tests.append((title(row), lambda lab, row=row: function(lab, row)))


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def equal(got, wanted, what):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def one_of(got, wanted, what):
    if got not in wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted one of {tuple(wanted)!r}")


def matches(text, pattern, what):
    if not re.search(pattern, text):
        raise AssertionError(f"{what}: no /{pattern}/ in {text.strip()[:300]!r}")


def within(seconds, function, *arguments, **more):
    """The function's result; AssertionError when it took longer."""
    began = time.monotonic()
    result = function(*arguments, **more)
    took = time.monotonic() - began
    check(took <= seconds, f"took {took:.2f} s, at most {seconds} s")
    return result
