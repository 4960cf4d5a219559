"""Starting and stopping the servers of the mini-Internet: knotd processes by pid, and two that misbehave."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from . import wire

START_SECONDS = 15
STOP_SECONDS = 5
SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = {"knotd": "knot", "ldns-keygen": "ldnsutils", "ldns-signzone": "ldnsutils",
            "dig": "bind9-dnsutils", "delv": "bind9-dnsutils", "kdig": "knot-dnsutils"}


class InternetError(Exception):
    """What stopped the mini-Internet, in one line for people."""


def tool(name):
    """The path of a Debian tool; says which package is missing otherwise."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":" + SEARCH)
    if path is None:
        raise InternetError(f"{name} is not installed: apt-get install {PACKAGES.get(name, name)}")
    return path


def die_with_parent():
    """Runs in a new child: the kernel ends it when we are gone, however we went (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def stop_process(process, seconds=STOP_SECONDS):
    """SIGTERM, then SIGKILL when it does not listen. Returns its exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
        return True
    except OSError:
        return False


def check_free(address, port):
    """InternetError when somebody listens there already."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(wire.family_of(address), kind) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            try:
                sock.bind((address, port))
            except OSError as error:
                raise InternetError(f"cannot serve on {address} port {port}: {error.strerror}; "
                                    "choose another with --port") from error


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
template:
  - id: default
    storage: {zones}
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
"""


class Knot:
    """One knotd process serving some zone files on one address."""

    def __init__(self, host, port, folder, zone_files):
        self.host, self.port, self.folder, self.zone_files = host, port, folder, zone_files
        self.process, self.log = None, os.path.join(folder, "knotd.log")

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, "knot.conf")
        zones = os.path.dirname(next(iter(self.zone_files.values()), self.folder + "/x"))
        with open(path, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(folder=self.folder, address=self.host.address, port=self.port, zones=zones))
            for name, zone_file in self.zone_files.items():
                file.write(f"  - domain: {name}\n    file: {zone_file}\n")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([tool("knotd"), "-c", path], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=die_with_parent)

    def answers(self):
        """It answers for its zones (REFUSED from one that holds none)."""
        if self.process.poll() is not None:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                raise InternetError(f"knotd {self.host.name} ended: {log.read().strip()[-300:]}")
        name = next(iter(self.zone_files), ".")
        try:
            reply = wire.ask(name, "SOA", self.host.address, self.port, timeout=0.3)
        except (OSError, ValueError):
            return False
        return reply.rcode == ("NOERROR" if self.zone_files else "REFUSED")

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        if self.process is not None:
            stop_process(self.process)


class Silent:
    """An address that takes datagrams and connections and never says a word."""

    def __init__(self, host, port):
        self.host, self.port, self.sockets = host, port, []

    def start(self):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            sock = socket.socket(socket.AF_INET, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            sock.bind((self.host.address, self.port))
            if kind == socket.SOCK_STREAM:
                sock.listen(16)
            self.sockets.append(sock)

    def answers(self):
        return True

    def stop(self):
        for sock in self.sockets:
            sock.close()


class Slow:
    """An authoritative server in a thread: A is 192.0.2.5 for any name, after a while. Counts what it was asked."""

    def __init__(self, host, port, seconds):
        self.host, self.port, self.seconds = host, port, seconds
        self.asked = []                       # [(qname in lower case, qtype)]
        self.sock, self.thread, self.ended = None, None, False

    def start(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((self.host.address, self.port))
        self.sock.settimeout(0.1)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def count(self, name):
        return sum(1 for asked, _ in self.asked if asked == name.lower())

    def answers(self):
        return True

    def stop(self):
        self.ended = True
        if self.thread is not None:
            self.thread.join()
            self.sock.close()

    def _serve(self):
        waiting = []
        while not self.ended:
            self.sock.settimeout(0.02 if waiting else 0.1)
            try:
                packet, peer = self.sock.recvfrom(4096)
                waiting.append((time.monotonic() + self.seconds, self._reply(packet), peer))
            except (OSError, ValueError, IndexError):
                pass
            while waiting and waiting[0][0] <= time.monotonic():
                _, reply, peer = waiting.pop(0)
                self.sock.sendto(reply, peer)

    def _reply(self, packet):
        name, rrtype = wire.parse(packet).question
        self.asked.append((name.lower(), rrtype))
        _, end = wire.read_name(packet, 12)
        question = packet[12:end + 4]
        answers = b""
        if rrtype == "A":
            answers = b"\xc0\x0c\0\1\0\1" + (60).to_bytes(4, "big") + b"\0\4" + socket.inet_aton("192.0.2.5")
        soa_data = b"\xc0\x0c\xc0\x0c" + b"".join(n.to_bytes(4, "big") for n in (1, 60, 60, 600, 60))
        soa = wire.encode_name("slow.example.") + b"\0\6\0\1" + (60).to_bytes(4, "big")
        authority = b"" if answers else soa + len(soa_data).to_bytes(2, "big") + soa_data
        counts = bytes([0, 1, 0, bool(answers), 0, not answers, 0, 0])
        return packet[:2] + b"\x84\0" + counts + question + answers + authority
