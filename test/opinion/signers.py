"""Signs a zone file with a real signer: knot's kzonesign, ldns-signzone, or bind's dnssec-signzone."""
import os
import time

import dns.name
import dns.rdata
import dns.rdataset
import dns.rdatatype

from ..internet.servers import InternetError, tool
from ..internet.signing import DAY, run
from . import keys as keymaking

KNOT_CONFIGURATION = """database:
    kasp-db: {kasp}
policy:
  - id: given
    manual: on
    single-type-signing: {single}
    algorithm: {algorithm}
    rrsig-lifetime: {lifetime}s
    nsec3: {nsec3}
    nsec3-iterations: {iterations}
    nsec3-opt-out: {optout}
    nsec3-salt-lifetime: 0
    cds-cdnskey-publish: none
    signing-threads: 1
zone:
  - domain: {zone}
    storage: {folder}
    file: {unsigned}
    dnssec-signing: on
    dnssec-policy: given
    semantic-checks: off
"""
KNOT_ALGORITHMS = {5: "rsasha1", 7: "rsasha1-nsec3-sha1", 8: "rsasha256", 10: "rsasha512", 13: "ecdsap256sha256",
                   14: "ecdsap384sha384", 15: "ed25519", 16: "ed448"}


def make_keys(zone):
    """The keys of a zone: for each algorithm the entry point first; the standby key last."""
    rng, made = zone.rng("keys"), []
    for algorithm in zone.algorithms:
        made.append(keymaking.make_key(zone.name, algorithm, True, rng))
        if zone.split:
            made.append(keymaking.make_key(zone.name, algorithm, False, rng))
    return made


def standby_key(zone):
    return keymaking.make_key(zone.name, zone.algorithms[0], True, zone.rng("standby"))


def _timing(defects):
    """(inception, expiration) of every signature."""
    now = int(time.time())
    if "expired zone" in defects:
        return now - 40 * DAY, now - 10 * DAY
    if "early zone" in defects:
        return now + 10 * DAY, now + 40 * DAY
    return now - 2 * 3600, now + 14 * DAY


def _dated(timestamp):
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(timestamp))


def _ldns(zone, files, unsigned, signed, times):
    denial = [] if zone.denial == "nsec" else ["-n", "-a", "1", "-t", str(zone.iterations)]
    denial += ["-s", zone.salt] if denial and zone.salt else []
    denial += ["-p"] if denial and zone.optout else []
    run(tool("ldns-signzone"), "-i", str(times[0]), "-e", str(times[1]), "-o", str(zone.name), "-f", signed, *denial,
        unsigned, *files)


def _bind(zone, files, unsigned, signed, times):
    denial = [] if zone.denial == "nsec" else ["-3", zone.salt or "-", "-H", str(zone.iterations)]
    denial += ["-A"] if denial and zone.optout else []
    alone = [] if zone.split else ["-z"]
    run(tool("dnssec-signzone"), "-q", "-P", "-O", "full", "-s", _dated(times[0]), "-e", _dated(times[1]), "-o", str(zone.name),
        "-f", signed, "-K", os.path.dirname(files[0]), *denial, *alone, unsigned, *files, cwd=os.path.dirname(signed))


def _knot(zone, files, unsigned, signed, times):
    folder = signed + ".knot"
    os.makedirs(folder)
    config = os.path.join(folder, "knot.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(KNOT_CONFIGURATION.format(
            kasp=os.path.join(folder, "kasp"), single="off" if zone.split else "on",
            algorithm=KNOT_ALGORITHMS[zone.algorithms[0]], lifetime=times[1] - times[0],
            nsec3="on" if zone.denial == "nsec3" else "off", iterations=zone.iterations, folder=folder,
            optout="on" if zone.optout else "off", zone=zone.name, unsigned=unsigned))
    for file in files:
        imported = run(tool("keymgr"), "-c", config, str(zone.name), "import-bind", file + ".key").split()[0]
        if not zone.split:
            run(tool("keymgr"), "-c", config, str(zone.name), "set", imported, "ksk=yes", "zsk=yes")
    if zone.denial == "nsec3":
        run(tool("keymgr"), "-c", config, str(zone.name), "nsec3-salt", zone.salt or "-")
    run(tool("kzonesign"), "-c", config, "-o", folder, "-t", str(times[0]), str(zone.name))
    os.rename(os.path.join(folder, os.path.basename(unsigned)), signed)


SIGNERS = {"ldns": _ldns, "bind": _bind, "knot": _knot}


def sign(zone, keys, text, folder):
    """Signs the zone text; returns {(owner, type, type covered): Rdataset} and the times of the signatures."""
    stem = "root" if len(zone.name) == 1 else str(zone.name).rstrip(".")
    unsigned, signed = os.path.join(folder, stem + ".zone"), os.path.join(folder, stem + ".signed")
    with open(unsigned, "w", encoding="ascii") as file:
        file.write(text + "".join(f"{zone.name} 3600 IN DNSKEY {key.dnskey.to_text()}\n" for key in keys)
                   if zone.signer != "knot" else text)
    times = _timing(zone.defects)
    try:
        SIGNERS[zone.signer](zone, [key.write(folder) for key in keys], unsigned, signed, times)
    except InternetError as error:
        raise InternetError(f"{zone.describe()}: {error}") from error
    with open(signed, encoding="ascii") as file:
        return read(file.read()), times


def read(text):
    """{(owner, type, type covered): Rdataset} of zone file text as signers write it: one record a line, full names."""
    found = {}
    for line in text.splitlines():
        fields = line.split(None, 4)
        if not fields or fields[0].startswith(";"):
            continue
        owner, ttl, rest = fields[0], int(fields[1]), line.split(None, 2)[2]
        if rest.startswith("IN"):
            rest = rest[2:].lstrip()
        word, rdata = rest.split(None, 1)
        read = dns.rdata.from_text("IN", word, rdata, relativize=False)
        covered = read.type_covered if read.rdtype == dns.rdatatype.RRSIG else 0
        key = dns.name.from_text(owner), read.rdtype, covered
        found.setdefault(key, dns.rdataset.Rdataset(read.rdclass, read.rdtype, covered, ttl)).add(read)
    return found


def write(rrsets, path):
    with open(path, "w", encoding="ascii") as file:
        for (owner, rrtype, _), rdataset in rrsets.items():
            word = dns.rdatatype.to_text(rrtype)
            for rdata in rdataset:
                file.write(f"{owner} {rdataset.ttl} IN {word} {rdata.to_text()}\n")
