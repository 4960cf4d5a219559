"""One running Windlass: its configuration file, its process, its control socket, its metrics."""
import ctypes
import fcntl
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import time
import urllib.request
from dataclasses import dataclass

from ..internet import wire
from ..internet.servers import InternetError, check_free, die_with_parent, stop_process

START_SECONDS = 20          # generous: sanitizer builds on a busy machine
SANITIZER = re.compile(r"(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error): ?.*")


class WindlassError(Exception):
    """Windlass did not do what it must; one line for people."""


@dataclass(frozen=True)
class Programs:
    windlass: str
    windlassctl: str

    def __post_init__(self):
        for path in (self.windlass, self.windlassctl):
            if not os.access(path, os.X_OK):
                raise WindlassError(f"{path}: no such program; ./dev build makes it")

    @property
    def auth(self):
        """The authoritative plugin of the same build."""
        build = os.path.dirname(os.path.dirname(self.windlass))
        return os.path.join(build, "auth-plugin", "windlass-auth.so")


def free_port(address="127.0.0.1"):
    for _ in range(100):
        port = random.randint(30000, 32000)     # below the ephemeral range
        try:
            check_free(address, port)
            return port
        except InternetError:
            continue
    raise InternetError(f"no free port on {address}")


def alone():
    """Runs in a new child: puts it in a network namespace where only lo is up, if this user may.

    For starts that must fail: should one not, nothing of it reaches a real server.
    """
    new_network, new_user = 0x40000000, 0x10000000
    unshare = ctypes.CDLL(None).unshare
    if unshare(new_network) != 0 and unshare(new_network | new_user) != 0:
        return
    set_flags, is_up = 0x8914, 1          # SIOCSIFFLAGS, IFF_UP
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, set_flags, struct.pack("16sh14x", b"lo", is_up))


def laboratory_settings(net, folder, port):
    """The configuration every test starts from: the mini-Internet is the Internet."""
    return {
        "listen": [{"address": "127.0.0.1", "port": port}],
        "recursion": {"root_hints": net.hints, "upstream_port": net.port, "deny_upstream": []},
        "dnssec": {"trust_anchors": net.anchor_ds},
        "control": {"socket": os.path.join(folder, "control.sock")},
        "metrics": {"address": "127.0.0.1", "port": 0},
        "state_dir": os.path.join(folder, "state"),
    }


def merged(base, changes):
    """base with the settings of changes over it, folder by folder; None takes a setting away."""
    result = dict(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            value = merged(result[key], value)
        result[key] = value
        if value is None:
            del result[key]
    return result


def as_yaml(settings):
    """One top-level key a line, its value in flow form (JSON is YAML)."""
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())


class Windlass:
    """A context manager. settings: changes to laboratory_settings, see merged()."""

    def __init__(self, programs, net, folder, settings=None, port=0):
        self.programs, self.net, self.folder = programs, net, folder
        os.makedirs(os.path.join(folder, "state"), exist_ok=True)
        self.port = port or free_port()
        self.settings = merged(laboratory_settings(net, folder, self.port), settings or {})
        self.config = os.path.join(folder, "windlass.yaml")
        self.log = os.path.join(folder, "windlass.log")
        self.metrics_url, self.process = None, None
        self.before = die_with_parent           # runs in the new process, before the program
        self.write_config()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            self.check_log()

    # ---- life ---------------------------------------------------------------------------------------------------

    def write_config(self, text=None):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(as_yaml(self.settings) if text is None else text)

    def launch(self):
        """Starts the process and waits for nothing."""
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([self.programs.windlass, "--config", self.config], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, cwd=self.folder, preexec_fn=self.before)

    def start(self):
        self.launch()
        if not wire.wait_until(self._is_ready, START_SECONDS, step=0.01):
            raise WindlassError(f"windlass said no `ready` within {START_SECONDS} s: {self.log_tail()}")
        found = re.search(r"http://[^\s/]+/metrics", self.read_log())
        self.metrics_url = found.group(0) if found else None
        return self

    def _is_ready(self):
        if self.process.poll() is not None:
            raise WindlassError(f"windlass ended with {self.process.returncode} at start: {self.log_tail()}")
        return re.search(r"\bready; try: ", self.read_log()) is not None

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM; returns (exit code, seconds it took)."""
        if self.process is None:
            return None, 0.0
        began = time.monotonic()
        code = stop_process(self.process, seconds=10)
        return code, time.monotonic() - began

    # ---- log ----------------------------------------------------------------------------------------------------

    def read_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def log_tail(self):
        return " | ".join(self.read_log().strip().splitlines()[-4:])[-600:] or "it said nothing"

    def check_log(self):
        """WindlassError when a sanitizer spoke, or the process fell instead of ending."""
        report = SANITIZER.search(self.read_log())
        if report:
            raise WindlassError(f"a sanitizer spoke: {report.group(0)[:300]}")
        if self.process.returncode is not None and self.process.returncode not in (0, -signal.SIGKILL):
            raise WindlassError(f"windlass ended with {self.process.returncode}: {self.log_tail()}")

    # ---- asking -------------------------------------------------------------------------------------------------

    def ask(self, name, rrtype="A", **how):
        return wire.ask(name, rrtype, "127.0.0.1", self.port, **how)

    def control(self, *words, form=()):
        """Runs windlassctl; returns (exit code, stdout, stderr)."""
        done = subprocess.run([self.programs.windlassctl, "--socket", self.settings["control"]["socket"], *form, *words],
                              capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def commanded(self, *words):
        """stdout of a command that must succeed."""
        code, out, err = self.control(*words)
        if code != 0:
            raise WindlassError(f"windlassctl {' '.join(words)}: exit {code}: {(err or out).strip()[:300]}")
        return out

    def metrics_text(self):
        if self.metrics_url is None:
            raise WindlassError("the start lines name no metrics address")
        with urllib.request.urlopen(self.metrics_url, timeout=5) as page:
            return page.read().decode()

    def metrics(self):
        """{name with labels as printed: value}"""
        samples = {}
        for line in self.metrics_text().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def metric(self, name, *labels):
        """The sum of a family's samples (without the windlass_ prefix) whose label text holds every word of labels."""
        family = re.compile(rf"windlass_{name}(\{{|$)")
        return sum(value for key, value in self.metrics().items()
                   if family.match(key) and all(label in key for label in labels))
