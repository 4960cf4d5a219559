"""Keys, signatures and DS records with Debian's ldns-keygen and ldns-signzone, and ways to break a zone.

Keys are made anew in each work folder; nothing secret is kept with the project.
"""
import base64
import hashlib
import os
import re
import subprocess
import time
from dataclasses import dataclass

from .servers import InternetError, tool
from .wire import encode_name
from .zones import ALGORITHMS, UNKNOWN_ALGORITHM, UNKNOWN_DIGEST

DAY = 86400
RSA_BITS = 1280           # short on purpose: the keys live for minutes
DIGESTS = {"sha1": (1, hashlib.sha1), "sha256": (2, hashlib.sha256), "sha384": (4, hashlib.sha384)}


@dataclass(frozen=True)
class Key:
    zone: str
    file: str             # base name, without .key and .private
    flags: int
    algorithm: int
    public: bytes

    @property
    def rdata(self):
        return self.flags.to_bytes(2, "big") + bytes([3, self.algorithm]) + self.public

    @property
    def text(self):
        return f"{self.zone} 3600 IN DNSKEY {self.flags} 3 {self.algorithm} {base64.b64encode(self.public).decode()}"


def key_tag(rdata):
    """RFC 4034 appendix B."""
    total = sum(octet << 8 if i % 2 == 0 else octet for i, octet in enumerate(rdata))
    return (total + (total >> 16 & 0xFFFF)) & 0xFFFF


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise InternetError(f"{os.path.basename(command[0])} failed ({done.returncode}): {done.stderr.strip()}")
    return done.stdout


def make_key(zone, algorithm, folder, ksk):
    size = ["-b", str(RSA_BITS)] if "RSA" in ALGORITHMS[algorithm] else []
    role = ["-k"] if ksk else []
    base = run(tool("ldns-keygen"), "-a", ALGORITHMS[algorithm], *size, *role, zone, cwd=folder).strip()
    return read_key(zone, os.path.join(folder, base))


def read_key(zone, base):
    """The one line of a .key file of ldns-keygen."""
    with open(base + ".key", encoding="ascii") as file:
        fields = without_comment(file.readline()).split()
    at = fields.index("DNSKEY")
    return Key(zone, base, int(fields[at + 1]), int(fields[at + 3]), base64.b64decode("".join(fields[at + 4:])))


def without_comment(line):
    return line.split(" ;", 1)[0].rstrip()


def make_keys(zone, folder):
    """The keys of a zone, the one its DS points at first; one key for both roles unless split_keys."""
    if not zone.algorithm:
        return []
    keys = [make_key(zone.name, zone.algorithm, folder, ksk=True)]
    if zone.split_keys:
        keys.append(make_key(zone.name, zone.algorithm, folder, ksk=False))
    return keys


# ---- how a parent vouches -------------------------------------------------------------------------------------

def ds_line(key, digest="sha256"):
    number, function = DIGESTS[digest]
    value = function(encode_name(key.zone.lower()) + key.rdata).hexdigest()
    return f"{key.zone} 3600 IN DS {key_tag(key.rdata)} {key.algorithm} {number} {value}"


def ds_records(zone, keys):
    """The DS lines of a zone by the words of its ds column; a word may also be wrong, none, digest200, algorithm200."""
    if zone.ds == "none" or (not keys and zone.ds != "wrong"):
        return []
    key = keys[0] if keys else Key(zone.name, "", 257, 13, bytes(64))
    if zone.defect == "unknown-algorithm":
        key = Key(key.zone, key.file, key.flags, UNKNOWN_ALGORITHM, key.public)
    head = f"{zone.name} 3600 IN DS {key_tag(key.rdata)}"
    special = {"wrong": f"{head} {key.algorithm} 2 {'5a' * 32}",
               "digest200": f"{head} {key.algorithm} {UNKNOWN_DIGEST} {'a5' * 32}",
               "algorithm200": f"{head} {UNKNOWN_ALGORITHM} 2 {'3c' * 32}"}
    return [special.get(word) or ds_line(key, word) for word in zone.ds.split("+")]


# ---- signing, and breaking ------------------------------------------------------------------------------------

def _times(defect, now):
    """Inception and expiration of the signatures: sound ones, or ten days off."""
    if defect == "expired":
        return now - 40 * DAY, now - 10 * DAY
    if defect == "early":
        return now + 10 * DAY, now + 40 * DAY
    return now - DAY, now + 14 * DAY


def _covers(line, *types):
    """The line is an RRSIG of one of the types."""
    fields = line.split()
    return len(fields) > 4 and fields[3] == "RRSIG" and fields[4] in types


def _strip(lines):
    return [line for line in lines if not _covers(line, "A", "AAAA")]


def _forge(lines):
    return [re.sub(r"(\sIN\s+A\s+)192\.0\.2\.80$", r"\g<1>192.0.2.66", line) for line in lines]


def _drop_denial(lines):
    return [line for line in lines if not _covers(line, "NSEC") and line.split()[3:4] != ["NSEC"]]


def _renumber(lines):
    """Every DNSKEY and RRSIG says an algorithm nobody knows, with the key tag that follows from it."""
    keys, renamed = {}, []
    for line in lines:
        fields = line.split()
        if fields[3:4] == ["DNSKEY"]:
            flags, public = int(fields[4]), base64.b64decode("".join(fields[7:]))
            old = Key("", "", flags, int(fields[6]), public)
            new = Key("", "", flags, UNKNOWN_ALGORITHM, public)
            keys[str(key_tag(old.rdata))] = str(key_tag(new.rdata))
    for line in lines:
        fields = line.split()
        if fields[3:4] == ["DNSKEY"]:
            fields[6] = str(UNKNOWN_ALGORITHM)
        elif fields[3:4] == ["RRSIG"]:
            fields[5], fields[10] = str(UNKNOWN_ALGORITHM), keys[fields[10]]
        renamed.append(" ".join(fields))
    return renamed


DEFECTS = {"stripped": _strip, "forged": _forge, "no-denial": _drop_denial, "unknown-algorithm": _renumber}


def sign(zone, keys, unsigned, signed, opted_out=""):
    """Signs the zone file `unsigned` into `signed`, one record a line, then applies the zone's defect.

    opted_out: delegations added after signing, without an NSEC3 of their own (RFC 5155 section 6).
    """
    start, end = _times(zone.defect, int(time.time()))
    denial = [] if zone.denial == "nsec" else ["-n", "-a", "1", "-t", str(zone.iterations)]
    denial += ["-p"] if zone.denial == "optout" else []
    run(tool("ldns-signzone"), "-i", str(start), "-e", str(end), "-o", zone.name, "-f", signed, *denial, unsigned,
        *(key.file for key in keys))
    with open(signed, encoding="ascii") as file:
        lines = [without_comment(line) for line in file if line.strip()]
    lines = DEFECTS.get(zone.defect, lambda sound: sound)(lines)
    with open(signed, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n" + opted_out)
