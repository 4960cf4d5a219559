"""Rows of the limits and metrics tables that nothing checks or counts yet: told, not failed."""
import re

from .printed import LIMIT_ROW, METRIC_ROW
from .sources import CODE, bare, files, folder_of, read


def code_outside_base(root):
    return "\n".join(bare(read(root, path)) for path in files(root, CODE) if folder_of(path) not in ("base", "test"))


def notes(root):
    code = code_outside_base(root)
    for source, row, word in (("base/limits.hpp", LIMIT_ROW, "Limit"), ("base/metrics.cpp", METRIC_ROW, "Metric")):
        idle = [name for name in row.findall(read(root, source)) if not re.search(r"\b%s::%s\b" % (word, name), code)]
        if idle:
            yield "note: rows of %s that no code uses: %s" % (source, ", ".join(idle))
