"""The tables: clauses (what must hold, which tests show it) and mutants (edits that break a clause).

A mutant replaces text that stands exactly once in its file. A table that no longer fits the sources or the tests is
an error of its own, so that it stays true.
"""
import glob
import os
import re
import tomllib
from typing import NamedTuple

HERE = os.path.join("test", "mutation")
TEST_CASE = re.compile(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
PROPERTY = re.compile(r"^  ROW\((\w+),", re.M)
SOURCE = re.compile(r"RFC \d{4}|CVE-\d{4}-\d+")


class Clause(NamedTuple):
    id: str
    says: str
    rfc: str
    tests: tuple  # "unit: NAME", "scenario: FILE without .rpl" or "simulation: PROPERTY"

    def scenarios(self):
        return [test.split(": ", 1)[1] for test in self.tests if test.startswith("scenario: ")]

    def simulated(self):
        """Its mutants are bugs planted for the simulation to find; no other test is asked."""
        return any(test.startswith("simulation: ") for test in self.tests)


class Edit(NamedTuple):
    file: str
    find: str
    replace: str


class Mutant(NamedTuple):
    id: str
    clause: str
    what: str
    edits: tuple


def read_toml(root, path):
    with open(os.path.join(root, path), "rb") as file:
        return tomllib.load(file)


def clauses(root):
    rows = []
    for path in sorted(glob.glob(os.path.join(root, HERE, "clauses*.toml"))):
        rows += read_toml(root, os.path.relpath(path, root))["clause"]
    return [Clause(row["id"], row["says"], row["rfc"], tuple(row["tests"])) for row in rows]


def edits_of(row):
    if "edits" in row:
        return tuple(Edit(edit["file"], edit["find"], edit["replace"]) for edit in row["edits"])
    return (Edit(row["file"], row["find"], row["replace"]),)


def mutants(root):
    rows = []
    for path in sorted(glob.glob(os.path.join(root, HERE, "mutants", "*.toml"))):
        for row in read_toml(root, os.path.relpath(path, root))["mutant"]:
            rows.append(Mutant(row["id"], row["clause"], row["what"], edits_of(row)))
    return rows


def source(root, path):
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def applied(text, edit):
    """The text with the edit; ValueError when it does not fit."""
    if text is None:
        raise ValueError("no such file: " + edit.file)
    found = text.count(edit.find)
    if found != 1:
        raise ValueError("%s: its text stands there %s" % (edit.file, "%d times" % found if found else "no more"))
    if edit.find == edit.replace:
        raise ValueError("changes nothing")
    return text.replace(edit.find, edit.replace)


def mutated(root, mutant):
    """What each file of a mutant becomes; ValueError when it does not fit the sources."""
    texts = {}
    for edit in mutant.edits:
        texts[edit.file] = applied(texts.get(edit.file, source(root, edit.file)), edit)
    return texts


def unit_tests(root):
    names = set()
    for path in glob.glob(os.path.join(root, "test", "unit", "**", "*.cpp"), recursive=True):
        for match in TEST_CASE.finditer(source(root, os.path.relpath(path, root))):
            names.add("".join(LITERAL.findall(match.group(1))).replace('\\"', '"'))
    return names


def properties(root):
    return PROPERTY.findall(source(root, os.path.join("test", "simulate", "properties.hpp")) or "")


def check_scenario(root, name):
    text = source(root, os.path.join("test", "scenario", name + ".rpl"))
    if text is None:
        return "no scenario " + name
    first = text.split("\n", 1)[0]
    if not first.startswith("; ") or not SOURCE.search(first):
        return "%s.rpl does not begin with what goes wrong if it fails, and the RFC or CVE" % name
    return None


def check_clause(root, clause, names):
    if not clause.tests:
        yield "no test shows it"
    for test in clause.tests:
        kind, _, name = test.partition(": ")
        if kind == "unit":
            if name not in names:
                yield "no unit test '%s'" % name
        elif kind == "scenario":
            if wrong := check_scenario(root, name):
                yield wrong
        elif kind == "simulation":
            if name not in properties(root):
                yield "no property '%s'" % name
        else:
            yield "a test is 'unit: NAME', 'scenario: NAME' or 'simulation: PROPERTY', not '%s'" % test


def doubles(ids):
    return sorted({name for name in ids if ids.count(name) > 1})


def check(root):
    """What is wrong with the tables, a line each."""
    stated, wrong_edits, names = clauses(root), mutants(root), unit_tests(root)
    for name in doubles([row.id for row in stated]) + doubles([row.id for row in wrong_edits]):
        yield "%s: two rows" % name
    for clause in stated:
        for wrong in check_clause(root, clause, names):
            yield "clause %s: %s" % (clause.id, wrong)
        if not any(mutant.clause == clause.id for mutant in wrong_edits):
            yield "clause %s: no mutant" % clause.id
    known = {clause.id for clause in stated}
    for mutant in wrong_edits:
        if mutant.clause not in known:
            yield "mutant %s: no clause %s" % (mutant.id, mutant.clause)
        try:
            mutated(root, mutant)
        except ValueError as error:
            yield "mutant %s: %s" % (mutant.id, error)
