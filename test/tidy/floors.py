"""Who includes whom: floors, rooms of libraries, the plugin header, pure floors."""
import os
import re

from . import house
from .sources import CODE, INCLUDE, Finding, files, folder_of, line_of, read


def target_folder(header):
    return "include" if header.startswith("windlass/") else header.split("/", 1)[0]


def test_floor(path):
    """The floor a unit test belongs to, else None: other tests may include anything."""
    parts = path.split(os.sep)
    return parts[2] if parts[:2] == ["test", "unit"] and len(parts) > 3 and parts[2] in house.FLOORS else None


def allowed(folder, target):
    if target == folder:
        return True
    if folder in house.SEES_ONLY:
        return target in house.SEES_ONLY[folder]
    return house.FLOORS[target] < house.FLOORS[folder]


def own_include(folder, path, header):
    """The complaint about one include of ours, or None."""
    if "/" not in header:
        return 'include "%s" from the project root: "%s/%s"' % (header, os.path.dirname(path), header)
    target = target_folder(header)
    if target not in house.FLOORS:
        return None if path.startswith("test/") else '"%s": no such floor' % header
    if folder in house.FLOORS and not allowed(folder, target):
        return "%s (floor %d) includes %s (floor %d): only lower floors" % (
            folder, house.FLOORS[folder], header, house.FLOORS[target])
    return None


def library_include(path, header):
    stem = os.path.splitext(os.path.basename(path))[0]
    for library in house.LIBRARIES:
        if re.match(library.header, header):
            inside = folder_of(path) in library.rooms and re.fullmatch(library.files, stem)
            return None if inside else "<%s> belongs to %s" % (header, " and ".join(library.rooms) or "test")
    return None


def pure_include(path, header):
    if folder_of(path) in house.PURE and house.IO_HEADERS.match(header) and not re.match(house.IO_ALLOWED, path):
        return "<%s> in a floor without sockets, clocks, threads and files" % header
    return None


def check_file(root, path):
    text = read(root, path)
    folder = folder_of(path)
    for match in INCLUDE.finditer(text):
        quote, header = match.groups()
        ours = quote == '"' or target_folder(header) in house.FLOORS and header.endswith(".hpp")
        if folder == "include" and header not in ("stdint.h", "stddef.h"):
            complaint = "the plugin header includes only <stdint.h> and <stddef.h>"
        elif ours or header.startswith("windlass/"):
            complaint = own_include(test_floor(path) or folder, path, header)
        elif folder == "test":
            complaint = None
        else:
            complaint = library_include(path, header) or pure_include(path, header)
        if complaint:
            yield Finding(path, line_of(text, match.start(2)), complaint)


def check(root):
    for path in files(root, CODE):
        yield from check_file(root, path)
