"""Reference documents: equal to what the binary prints from its tables, and without an empty cell."""
import os
import re
import subprocess

from . import house
from .sources import Finding, read

LIMIT_ROW = re.compile(r"^\s*ROW\((\w+),", re.M)
METRIC_ROW = re.compile(r'^\s*\{M::\w+, "(\w+)"', re.M)
# Source of a table, its row, and the document that must name each row.
TABLES = (("base/limits.hpp", LIMIT_ROW, "limits"), ("base/metrics.cpp", METRIC_ROW, "metrics"))


def document(what):
    return os.path.join("docs", "reference", what + ".md")


def print_reference(windlass, what):
    done = subprocess.run([windlass, "--print-reference", what], capture_output=True, text=True, timeout=60)
    if done.returncode != 0 or not done.stdout.strip():
        raise RuntimeError("--print-reference %s: exit code %d: %s" % (what, done.returncode, done.stderr.strip()))
    return done.stdout


def check_equal(root, windlass):
    for what in house.PRINTED:
        try:
            printed = print_reference(windlass, what)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            yield Finding(document(what), 1, str(error))
            continue
        kept = read(root, document(what))
        if kept != printed:
            lines = zip((kept + "\n").split("\n"), (printed + "\n").split("\n"))
            at = next((n for n, (a, b) in enumerate(lines, 1) if a != b), 1)
            yield Finding(document(what), at, "differs from what the tables print: ./dev lint --print")


def check_rows(root):
    for source, row, what in TABLES:
        text = read(root, document(what))
        missing = [name for name in row.findall(read(root, source)) if not re.search(r"\b(?:windlass_)?%s\b" % name, text)]
        if missing:
            yield Finding(document(what), 1, "no line for these rows of %s: %s" % (source, ", ".join(missing)))


def check_cells(root):
    for what in house.PRINTED:
        for number, line in enumerate(read(root, document(what)).split("\n"), 1):
            if line.startswith("|") and re.search(r"\|\s*\|\s*$", line):
                yield Finding(document(what), number, "a row without an explanation")


def write(root, windlass):
    os.makedirs(os.path.join(root, "docs", "reference"), exist_ok=True)
    for what in house.PRINTED:
        text = print_reference(windlass, what)
        with open(os.path.join(root, document(what)), "w", encoding="utf-8") as file:
            file.write(text)


def check(root, windlass=None):
    yield from check_rows(root)
    yield from check_cells(root)
    if windlass:
        yield from check_equal(root, windlass)
