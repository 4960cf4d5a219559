"""RollingRoot: a root zone of its own, signed by knotd, whose key signing key is rolled as RFC 5011 wants it."""
import os
import subprocess

from ..internet import signing, wire
from ..internet.servers import InternetError, check_free, die_with_parent, stop_process, tool
from .windlass import free_port

ADDRESS = "127.9.0.1"
NAME = "www.there."

CONFIGURATION = """server:
    rundir: {folder}
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: {folder}/knot.sock
log:
  - target: stderr
    any: warning
database:
    storage: {folder}
policy:
  - id: by-hand
    manual: on
    algorithm: ECDSAP256SHA256
    dnskey-ttl: {dnskey_ttl}
    zone-max-ttl: 1h
    propagation-delay: 0
    rrsig-lifetime: 1d
    rrsig-refresh: 1h
    rrsig-pre-refresh: 1m
acl:
  - id: transfer
    address: 127.0.0.0/8
    action: transfer
zone:
  - domain: .
    acl: transfer
{options}    storage: {folder}
    file: root.zone
    dnssec-signing: on
    dnssec-policy: by-hand
    zonefile-load: difference-no-serial
    zonefile-sync: -1
    journal-content: all
"""
ZONE = """$ORIGIN .
$TTL 5
. SOA a.root. hostmaster. {soa}
. NS a.root.
a.root. A {address}
{name} TXT "here"
"""


class RollingRoot:
    """A context manager. Keys are known by the id that keymgr gives them."""

    def __init__(self, folder, dnskey_ttl=2, more="", soa="1 3600 600 864000 2", options=""):
        """more: further records of the zone, a line each; options: further lines of its configuration."""
        os.makedirs(folder)
        self.folder, self.port, self.process = folder, free_port(ADDRESS), None
        self.hints, self.anchor_ds = os.path.join(folder, "root.hints"), os.path.join(folder, "anchor.ds")
        self._write("knot.conf", CONFIGURATION.format(folder=folder, address=ADDRESS, port=self.port,
                                                     dnskey_ttl=dnskey_ttl, options=options))
        self._write("root.zone", ZONE.format(address=ADDRESS, name=NAME, soa=soa) + more)
        self._write("root.hints", f". 3600000 NS a.root.\na.root. 3600000 A {ADDRESS}\n")

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
            file.write(text)

    def __enter__(self):
        try:
            first = self.new_key(served=False)
            self._keymgr("generate", "algorithm=ECDSAP256SHA256", "ksk=no", "zsk=yes")
            self.write_anchor(first)
            check_free(ADDRESS, self.port)
            self.start()
        except BaseException:
            self.stop()
            raise
        self.first = first
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with open(os.path.join(self.folder, "knotd.log"), "ab") as log:
            self.process = subprocess.Popen([tool("knotd"), "-c", os.path.join(self.folder, "knot.conf")], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
        if not wire.wait_until(self._signs, 15):
            raise InternetError(f"knotd serves no signed root on {ADDRESS} port {self.port}")

    def stop(self):
        if self.process is not None:
            stop_process(self.process)
            self.process = None

    def _signs(self):
        return any(record.type == "DNSKEY" for record in self.dnskeys())

    def dnskeys(self):
        try:
            return wire.ask(".", "DNSKEY", ADDRESS, self.port, timeout=0.5).answer
        except (OSError, ValueError):
            return []

    def _keymgr(self, *words):
        return signing.run(tool("keymgr"), "-c", os.path.join(self.folder, "knot.conf"), ".", *words).strip()

    def _load_keys(self):
        signing.run(tool("knotc"), "-c", os.path.join(self.folder, "knot.conf"), "zone-keys-load", ".")

    def add(self, record):
        """One more record, signed and served."""
        with open(os.path.join(self.folder, "root.zone"), "a", encoding="ascii") as file:
            file.write(record + "\n")
        signing.run(tool("knotc"), "-c", os.path.join(self.folder, "knot.conf"), "-b", "zone-reload", ".")

    # ---- keys ---------------------------------------------------------------------------------------------------

    def new_key(self, served=True):
        """A key signing key that is published and signs; its id."""
        key = self._keymgr("generate", "algorithm=ECDSAP256SHA256", "ksk=yes", "zsk=no").split()[-1]
        if served:
            self._load_keys()
        return key

    def revoke(self, key):
        self._keymgr("set", key, "revoke=-1")
        self._load_keys()

    def remove(self, key):
        self._keymgr("delete", key)
        self._load_keys()

    def ds(self, key):
        """The line of its DS, SHA-256."""
        lines = [line for line in self._keymgr("ds", key).splitlines() if line.split()[4] == "2"]
        return lines[0]

    def tag(self, key):
        return int(self.ds(key).split()[2])

    def write_anchor(self, *keys):
        self._write("anchor.ds", "".join(self.ds(key) + "\n" for key in keys))
