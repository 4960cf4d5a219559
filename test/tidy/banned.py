"""Calls that stand nowhere, or in one file only."""
import re

from . import house
from .sources import CODE, Finding, bare, files, folder_of, line_of, read


def check(root):
    for path in files(root, CODE):
        code = bare(read(root, path))
        for ban in house.BANS:
            if folder_of(path) not in ban.folders or re.match(ban.allowed, path):
                continue
            for match in re.finditer(ban.pattern, code, re.M):
                yield Finding(path, line_of(code, match.start()), ban.what)
