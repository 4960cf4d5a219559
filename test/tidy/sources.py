"""Files of a project tree, and C++ text without comments and strings."""
import os
import re
from typing import Iterator, NamedTuple

SKIPPED = {".git", "build", "__pycache__", "subprojects"}
CODE = (".cpp", ".hpp", ".c", ".h")
TEXT = CODE + (".py", ".sh", ".md", ".yaml", ".j2", ".txt", ".ini", ".build", ".rpl", ".service", "dev", "run")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
DIGITS = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")


class Finding(NamedTuple):
    path: str
    line: int
    text: str

    def __str__(self):
        return "%s:%d: %s" % self


def files(root: str, endings: tuple) -> Iterator[str]:
    """Paths below `root`, relative to it, in a fixed order."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(folder, name), root)


def read(root: str, path: str) -> str:
    """The text of a file; of one that is not there: nothing."""
    if not os.path.exists(os.path.join(root, path)):
        return ""
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def bare(text: str) -> str:
    """The code alone: comments, strings and characters become blanks, lines stay where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return NOISE.sub(blank, DIGITS.sub(" ", text))


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def folder_of(path: str) -> str:
    return path.split(os.sep, 1)[0]
