"""MiniInternet: builds the zones of zones.py in a work folder and serves them until told to stop."""
import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from . import signing, wire
from .hostile import Hostile, Prey
from .odd import ODD
from .servers import START_SECONDS, InternetError, Knot, check_free, has_ipv6
from .zones import HOSTS, ZONES, children_of, host

DEFAULT_PORT = 5354
KINDS = {**ODD, "hostile": Hostile, "prey": Prey}
ROOT_SERVERS = (("a.root.", "root-a"), ("b.root.", "root-b"))


class MiniInternet:
    """A context manager: `with MiniInternet(folder) as net:` builds, starts and stops.

    port 0 takes a port free on every address. After build(), the folder holds root.hints, and the root's trust
    anchor as anchor.ds, anchor.dnskey (zone file form) and anchor.delv (for delv -a).
    """

    def __init__(self, folder, port=0):
        self.folder = os.path.abspath(folder)
        self.ipv6 = has_ipv6()
        self.hosts = [h for h in HOSTS if self.ipv6 or ":" not in h.address]
        self.zones = [z for z in ZONES if any(host(h) in self.hosts for h in z.hosts)]
        self.port = port or self.free_port()
        self.keys, self.serial, self.servers = {}, 1, []

    def __enter__(self):
        try:
            self.build()
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    # ---- paths --------------------------------------------------------------------------------------------------

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    hints = property(lambda self: self.path("root.hints"))
    anchor_ds = property(lambda self: self.path("anchor.ds"))
    anchor_dnskey = property(lambda self: self.path("anchor.dnskey"))
    anchor_delv = property(lambda self: self.path("anchor.delv"))

    def _zone_file(self, zone, signed=None):
        signed = zone.algorithm if signed is None else signed
        stem = "root" if zone.name == "." else zone.name.rstrip(".")
        return self.path("zones", stem + (".signed" if signed else ".zone"))

    # ---- building -----------------------------------------------------------------------------------------------

    def build(self):
        """Makes keys, zone files, hints and anchors. Takes a few seconds."""
        for name in ("zones", "keys", "servers"):
            os.makedirs(self.path(name), exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = pool.map(lambda zone: signing.make_keys(zone, self.path("keys")), self.zones)
            self.keys = {zone.name: keys for zone, keys in zip(self.zones, made)}
            list(pool.map(self._write_zone, self.zones))
        self._write_hints()
        self.write_anchors()

    def _write_zone(self, zone, defect=None):
        with open(self._zone_file(zone, signed=False), "w", encoding="ascii") as file:
            file.write("\n".join(self._zone_lines(zone)) + "\n")
        if zone.algorithm:
            signed = zone if defect is None else replace(zone, defect=defect)
            signing.sign(signed, self.keys[zone.name], self._zone_file(zone, signed=False), self._zone_file(zone),
                         "".join(line + "\n" for line in self._opted_out(zone)))

    def _zone_lines(self, zone):
        lines = [f"$ORIGIN {zone.name}", "$TTL 3600"]
        first = self._servers_of(zone)[0][0]
        lines.append(f"@ SOA {first} hostmaster.{zone.name.lstrip('.')} {self.serial} 3600 600 864000 300")
        lines += self._delegation(zone)
        for child in children_of(zone, self.zones):
            vouched = signing.ds_records(child, self.keys[child.name])
            if vouched or zone.denial != "optout":
                lines += self._delegation(child) + vouched
        return lines + [zone.records] + [key.text for key in self.keys[zone.name]]

    def _opted_out(self, zone):
        """The delegations an opt-out zone says nothing about in its NSEC3 chain."""
        if zone.denial != "optout":
            return []
        unvouched = [child for child in children_of(zone, self.zones)
                     if not signing.ds_records(child, self.keys[child.name])]
        return [line.replace(" ", " 3600 IN ", 1) for child in unvouched for line in self._delegation(child)]

    def _servers_of(self, zone):
        """[(name of the server, host or None when its address is in another zone)]"""
        if zone.name == ".":
            return [(name, host(h)) for name, h in ROOT_SERVERS]
        if zone.ns:
            return [(name, None) for name in zone.ns]
        prefix = "nic." if zone.name.count(".") == 1 else ""
        return [(f"ns{i}.{prefix}{zone.name}", host(h)) for i, h in enumerate(zone.hosts, 1)]

    def _delegation(self, zone):
        lines = []
        for name, at in self._servers_of(zone):
            lines.append(f"{zone.name} NS {name}")
            if at is not None:
                lines.append(f"{name} {'AAAA' if ':' in at.address else 'A'} {at.address}")
        return lines

    def _write_hints(self):
        with open(self.hints, "w", encoding="ascii") as file:
            for name, host_name in ROOT_SERVERS:
                file.write(f". 3600000 NS {name}\n{name} 3600000 A {host(host_name).address}\n")

    def write_anchors(self, folder=None):
        """Writes the root's current key as trust anchor, in each form a validator may want."""
        key = self.keys["."][0]
        name, ttl, rrclass, rrtype, flags, protocol, algorithm, public = key.text.split()
        forms = {"anchor.ds": signing.ds_line(key), "anchor.dnskey": key.text,
                 "anchor.delv": f'trust-anchors {{ {name} static-key {flags} {protocol} {algorithm} "{public}"; }};'}
        for file_name, text in forms.items():
            with open(os.path.join(folder or self.folder, file_name), "w", encoding="ascii") as file:
                file.write(text + "\n")

    # ---- serving ------------------------------------------------------------------------------------------------

    def free_port(self):
        """A port that is free at every address."""
        for _ in range(50):
            port = random.randint(20000, 29999)
            try:
                for each in self.hosts:
                    check_free(each.address, port)
                return port
            except InternetError:
                continue
        raise InternetError("no port is free on all addresses of the mini-Internet")

    def up(self):
        """Starts every server and waits until each answers."""
        for each in self.hosts:
            check_free(each.address, self.port)
        for each in self.hosts:
            server = self._server(each)
            self.servers.append(server)
            server.start()
        for server in self.servers:
            if not wire.wait_until(server.answers, START_SECONDS):
                raise InternetError(f"server {server.host.name} on {server.host.address} port {self.port} "
                                    f"did not answer within {START_SECONDS} s")

    def _server(self, each):
        if each.kind in KINDS:
            return KINDS[each.kind](each, self.port)
        files = {zone.name: self._zone_file(zone) for zone in self.zones
                 if each.name in zone.hosts and not (zone.name == "lame.example." and each.name == "lame")}
        return Knot(each, self.port, self.path("servers", each.name), files)

    def server(self, name):
        return next(s for s in self.servers if s.host.name == name)

    def down(self):
        """Ends every server; safe to call twice and after a failed start."""
        while self.servers:
            self.servers.pop().stop()

    def roll_root_key(self):
        """A new KSK for the root, the old one gone, the zone signed anew and served. Anchor files stay the old ones.

        The old anchor no longer leads anywhere until write_anchors() is called: the emergency an operator meets.
        """
        root = next(zone for zone in self.zones if zone.name == ".")
        self.serial += 1
        self.keys["."][0] = signing.make_key(".", root.algorithm, self.path("keys"), ksk=True)
        self._write_zone(root)
        for name in root.hosts:
            self.server(name).reload()
        wanted = self.keys["."][0].rdata
        for name in root.hosts:
            if not wire.wait_until(lambda at=host(name).address: self._serves_key(at, wanted), START_SECONDS):
                raise InternetError(f"server {name} does not serve the new root key")

    def sign_again(self, zone_name, defect):
        """Signs a zone without children anew, with another defect or none, and waits until it is served."""
        zone = next(zone for zone in self.zones if zone.name == zone_name)
        self.serial += 1
        self._write_zone(zone, defect)
        for name in zone.hosts:
            self.server(name).reload()
        for name in zone.hosts:
            if not wire.wait_until(lambda at=host(name).address: self._serves_serial(zone.name, at), START_SECONDS):
                raise InternetError(f"server {name} does not serve {zone.name} signed anew")

    def _serves_serial(self, zone_name, address):
        try:
            reply = wire.ask(zone_name, "SOA", address, self.port, timeout=0.5)
        except (OSError, ValueError):
            return False
        return any(record.type == "SOA" and self.serial.to_bytes(4, "big") in record.rdata for record in reply.answer)

    def _serves_key(self, address, rdata):
        try:
            reply = wire.ask(".", "DNSKEY", address, self.port, timeout=0.5)
        except (OSError, ValueError):
            return False
        return any(record.rdata == rdata for record in reply.answer)
