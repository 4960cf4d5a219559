"""A Windlass with the authoritative plugin, and its control socket spoken to directly."""
import json
import os
import socket

from .local_zones import write
from .suite import check
from .windlass import WindlassError


def auth_plugin(lab, **config):
    """The `plugins:` setting that loads the plugin of this build; config: changes to its configuration."""
    check(os.path.exists(lab.programs.auth), f"{lab.programs.auth} is not built")
    return [{"name": "auth", "path": lab.programs.auth, "config": {"store": "zones", **config}}]


def with_zones(lab, config=None, **settings):
    """A fresh Windlass with the plugin, not yet started."""
    return lab.fresh(plugins=auth_plugin(lab, **(config or {})), **settings)


def store_of(windlass, name=""):
    """The folder of its store, or a file there."""
    return os.path.join(windlass.settings["state_dir"], "zones", name)


def load(windlass, zone, text):
    """Makes the zone and loads the text into it; what the command printed."""
    path = write(windlass.folder, f"{zone}zone", text)
    windlass.commanded("zone", "create", zone)
    return windlass.commanded("zone", "load", zone, path)


def kept(lab, name, make):
    """A started server (or what holds one as .windlass) that several tests leave as it was; make(lab) makes it once."""
    if name not in lab.kept:
        lab.kept[name] = make(lab)
    return lab.kept[name]


class Refused(Exception):
    """What a command said instead of doing it."""


class Operator:
    """One connection to the control socket, for many commands one after another. A context manager."""

    def __init__(self, windlass, seconds=20):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(seconds)
        self.sock.connect(windlass.settings["control"]["socket"])
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def _line(self):
        while b"\n" not in self.rest:
            part = self.sock.recv(1 << 16)
            if not part:
                raise EOFError("the control socket was closed")
            self.rest += part
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def send(self, command, *arguments):
        self.sock.sendall(json.dumps({"command": command, "arguments": list(arguments)}).encode() + b"\n")

    def reply(self):
        """The rows; Refused when the command failed."""
        rows = []
        while True:
            row = self._line()
            if "ok" in row:
                if not row["ok"]:
                    raise Refused(row["error"])
                return rows
            if set(row) != {"progress"}:
                rows.append(row)

    def run(self, command, *arguments):
        self.send(command, *arguments)
        return self.reply()


def rows(windlass, *words):
    """The rows of a command, by windlassctl --json."""
    code, out, err = windlass.control(*words, form=["--json"])
    if code != 0:
        raise WindlassError(f"windlassctl --json {' '.join(words)}: exit {code}: {(err or out).strip()[:300]}")
    found = [json.loads(line) for line in out.splitlines() if line.strip()]
    return [row for row in found if "ok" not in row]
