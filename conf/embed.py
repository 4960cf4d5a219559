"""Writes a C++ source that holds files as string constants: embed.py OUT NAME=FILE..."""
import sys

CHUNK = 80


def literal(octets):
    """String literals of at most CHUNK octets; octal escapes end after three digits, so they never run on."""
    for at in range(0, len(octets), CHUNK):
        text = "".join(chr(o) if 32 <= o < 127 and chr(o) not in '"\\?' else "\\%03o" % o
                       for o in octets[at:at + CHUNK])
        yield '    "%s"' % text


def main(out, pairs):
    lines = ['#include "conf/embedded.hpp"', "namespace windlass::conf::embedded {"]
    for pair in pairs:
        name, path = pair.split("=", 1)
        with open(path, "rb") as file:
            octets = file.read()
        lines += ["const std::string_view %s{" % name, *literal(octets), "    , %d};" % len(octets)]
    lines.append("}  // namespace windlass::conf::embedded\n")
    with open(out, "w", encoding="ascii") as file:
        file.write("\n".join(lines))


main(sys.argv[1], sys.argv[2:])
