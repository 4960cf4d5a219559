"""Build: a plan made real in a folder: keys, signed and broken zone files, servers on loopback, anchors for each validator."""
import os

import dns.dnssec

from ..internet import wire
from ..internet.servers import START_SECONDS, InternetError, Knot
from ..internet.zones import Host
from ..whole.authorities import Nsd
from . import breakage, contents, denials, relay, replies, signers, vouching, workshop  # noqa: F401 (breakage, denials: they register)
from .relay import PORT

RELAY = "127.53.200.1"


def tables():
    """{kind: titles of defects}, of zone files and of replies."""
    return {**workshop.names(), "replies": list(replies.TABLE), "replies again": list(replies.TABLE)}


class Build:
    """A context manager. Its paths and `port` are what a Windlass of the tests asks of a mini-Internet."""

    def __init__(self, plan, folder):
        self.plan, self.folder, self.port = plan, folder, PORT
        self.keys, self.contents, self.touched, self.servers = {}, {}, {}, []
        for sub in ("zones", "servers"):
            os.makedirs(os.path.join(folder, sub))
        self.hints, self.anchor_ds = os.path.join(folder, "root.hints"), os.path.join(folder, "anchor.ds")
        self.anchor_delv = os.path.join(folder, "anchor.delv")

    def __enter__(self):
        try:
            self._make()
            self._serve()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        while self.servers:
            self.servers.pop().stop()

    def check(self):
        """InternetError when a server fell meanwhile."""
        for zone in self.plan.zones:
            if not wire.wait_until(lambda zone=zone: self._served(zone), 2):
                raise InternetError(f"seed {self.plan.seed}: the server of {zone.describe()} fell")

    # ---- where --------------------------------------------------------------------------------------------------

    def true_address(self, zone):
        return f"127.53.{zone.server}.1"

    def address(self, zone):
        """Where a zone's NS records lead."""
        if any(title in replies.TABLE for title in zone.defects):
            return f"127.53.100.{self.plan.zones.index(zone) + 1}"
        return self.true_address(zone)

    # ---- making -------------------------------------------------------------------------------------------------

    def _make(self):
        for zone in self.plan.zones:
            self.keys[zone.name] = signers.make_keys(zone) if zone.signed else []
        for zone in self.plan.zones:
            made = contents.make(zone, self.plan, self.address, lambda child: vouching.ds_of(child, self.keys[child.name]))
            self.contents[zone.name] = made
            self._write(zone, made)
        self._write_anchors()

    def _path(self, zone):
        return os.path.join(self.folder, "zones", ("root" if len(zone.name) == 1 else str(zone.name).rstrip(".")) + ".served")

    def _write(self, zone, made):
        text, touched = contents.text(made), []
        if zone.signed:
            keys = self.keys[zone.name]
            if zone.standby:
                text += f"{zone.name} 3600 IN DNSKEY {signers.standby_key(zone).dnskey.to_text()}\n"
            rrsets, times = signers.sign(zone, keys, text, os.path.join(self.folder, "zones"))
            shop = workshop.Workshop(zone, rrsets, keys, times, made)
            zone.defects = tuple(title for title in zone.defects if shop.apply(title))
            signers.write(rrsets, self._path(zone))
            touched = shop.touched
        else:
            with open(self._path(zone), "w", encoding="ascii") as file:
                file.write(text)
        self.touched[zone.name] = touched

    def _write_anchors(self):
        root = self.plan.zones[0]
        entry = self.keys[root.name][0]
        ds = dns.dnssec.make_ds(root.name, entry.dnskey, "SHA256").to_text()
        flags, protocol, algorithm, public = entry.dnskey.to_text(chunksize=0).split(None, 3)
        forms = {self.hints: f". 3600000 NS {contents.server_name(root)}\n"
                             f"{contents.server_name(root)} 3600000 A {self.address(root)}\n",
                 self.anchor_ds: f". 3600 IN DS {ds}\n",
                 self.anchor_delv: f'trust-anchors {{ . static-key {flags} {protocol} {algorithm} "{public}"; }};\n'}
        for path, text in forms.items():
            with open(path, "w", encoding="ascii") as file:
                file.write(text)

    # ---- serving ------------------------------------------------------------------------------------------------

    def _serve(self):
        for number, kind in self.plan.servers.items():
            files = {str(zone.name): self._path(zone) for zone in self.plan.zones if zone.server == number}
            if files:
                self._start(number, kind, files)
        for zone in self.plan.zones:
            if not wire.wait_until(lambda zone=zone: self._served(zone), START_SECONDS):
                raise InternetError(f"seed {self.plan.seed}: {self.plan.servers[zone.server]} does not serve {zone.describe()}")
        for zone in self.plan.zones:
            if self.address(zone) != self.true_address(zone):
                self._add(relay.Bender(self.address(zone), self, zone))
        self._add(relay.Relay(RELAY, self))

    def _start(self, number, kind, files):
        folder, address = os.path.join(self.folder, "servers", str(number)), f"127.53.{number}.1"
        if kind == "nsd":
            self._add(Nsd(folder, PORT, files, address=address))
        else:
            self._add(Knot(Host(str(number), address), PORT, folder, files))

    def _add(self, server):
        self.servers.append(server)
        server.start()

    def _served(self, zone):
        try:
            reply = wire.ask(str(zone.name), "SOA", self.true_address(zone), PORT, timeout=0.3)
        except (OSError, ValueError):
            return False
        return reply.rcode == "NOERROR" and bool(reply.answer)
