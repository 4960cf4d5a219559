"""Sizes, scripts that parse, paths of one machine, links and decisions in documents, packages that are named."""
import ast
import os
import re
import subprocess

from . import house
from .sources import CODE, TEXT, INCLUDE, Finding, files, line_of, read

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
DECISION = ("Context", "Options", "Decision", "Revisit when")


def listed_lines(root, path):
    return [line for line in read(root, path).split("\n") if line.strip() and not line.startswith("#")]


def long_files(root):
    rows = (line.split(None, 1) for line in listed_lines(root, os.path.join("test", "tidy", "long_files.txt")))
    return {row[0]: row[1] if len(row) > 1 else "" for row in rows}


def check_length(root):
    excused = long_files(root)
    for path in files(root, CODE + (".py",)):
        lines = read(root, path).count("\n")
        if lines > house.LONGEST_SOURCE and not excused.pop(path, ""):
            yield Finding(path, lines, "%d lines, more than %d: split it, or give the reason in test/tidy/long_files.txt"
                          % (lines, house.LONGEST_SOURCE))
    for path in excused:
        yield Finding(path, 1, "listed in test/tidy/long_files.txt, but not that long")


def check_machine_paths(root):
    for path in files(root, TEXT):
        text = read(root, path)
        for match in house.MACHINE_PATHS.finditer(text):
            yield Finding(path, line_of(text, match.start()), "a path of one machine: " + match.group(0))


def check_scripts(root):
    for path in files(root, (".py",)):
        try:
            ast.parse(read(root, path), path)
        except SyntaxError as error:
            yield Finding(path, error.lineno or 1, "python: %s" % error.msg)
    for path in files(root, (".sh", "dev", "run")):
        if read(root, path).startswith("#!") and "sh" in read(root, path).split("\n", 1)[0]:
            done = subprocess.run(["bash", "-n", os.path.join(root, path)], capture_output=True, text=True)
            if done.returncode:
                yield Finding(path, 1, "bash: " + done.stderr.strip().split("\n")[0])


def check_links(root):
    for path in files(root, (".md",)):
        text = read(root, path)
        for match in LINK.finditer(text):
            link = match.group(1)
            if "://" not in link and not link.startswith("mailto:") and not os.path.exists(
                    os.path.join(root, os.path.dirname(path), link)):
                yield Finding(path, line_of(text, match.start()), "dead link: " + link)


def check_named_files(root):
    """A file of a floor that a document names in backticks exists."""
    pattern = re.compile(r"`((?:%s)/[\w./-]+\.\w+)`" % "|".join(map(re.escape, (*house.FLOORS, "test", "packaging", "docs"))))
    for path in files(root, (".md",)):
        text = read(root, path)
        for match in pattern.finditer(text):
            if not os.path.exists(os.path.join(root, match.group(1))):
                yield Finding(path, line_of(text, match.start()), "no such file: " + match.group(1))


def check_decisions(root):
    for path in files(root, (".md",)):
        if os.path.dirname(path) != os.path.join("docs", "adr") or not re.match(r"\d{4}-", os.path.basename(path)):
            continue
        headings = re.findall(r"^## (.*)$", read(root, path), re.M)
        if tuple(headings) != DECISION:
            yield Finding(path, 1, "an ADR has the parts %s; here: %s" % (", ".join(DECISION), ", ".join(headings)))


def check_packages(root):
    """Every library included is a package that ./dev installs, and README.md explains each package."""
    listed = os.path.join("packaging", "packages.txt")
    packages = [line.split()[1] for line in listed_lines(root, listed)]
    readme = read(root, "README.md")
    for package in sorted(set(packages)):
        if "`%s`" % package not in readme:
            yield Finding("README.md", 1, "does not say what package %s is for" % package)
    for path in files(root, CODE):
        text = read(root, path)
        for match in INCLUDE.finditer(text):
            for library in house.LIBRARIES:
                if match.group(1) == "<" and re.match(library.header, match.group(2)) and library.package not in packages:
                    yield Finding(path, line_of(text, match.start(2)), "%s is not in %s" % (library.package, listed))


def check(root):
    for part in (check_length, check_machine_paths, check_scripts, check_links, check_named_files, check_decisions, check_packages):
        yield from part(root)
