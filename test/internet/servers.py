"""Starting and stopping the servers of the mini-Internet: knotd processes, by pid."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess

from . import wire

START_SECONDS = 15
STOP_SECONDS = 5
SEARCH = "/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = {"knotd": "knot", "ldns-keygen": "ldnsutils", "ldns-signzone": "ldnsutils",
            "dig": "bind9-dnsutils", "delv": "bind9-dnsutils", "kdig": "knot-dnsutils", "keymgr": "knot",
            "kzonesign": "knot-dnssecutils", "dnssec-signzone": "bind9-utils", "unbound-host": "unbound-host", "unbound": "unbound"}


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

    def configuration(self):
        zones = os.path.dirname(next(iter(self.zone_files.values()), self.folder + "/x"))
        text = CONFIGURATION.format(folder=self.folder, address=self.host.address, port=self.port, zones=zones)
        return text + "".join(f"  - domain: {name}\n    file: {path}\n" for name, path in self.zone_files.items())

    def start(self):
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, "knot.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.configuration())
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
