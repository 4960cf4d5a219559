"""Servers behind forward and stub zones: Unbound, one that is silent, liars over UDP and TCP, one that counts connections."""
import os
import socket
import struct
import subprocess
import threading

from ..internet import wire
from ..internet.odd import Answering
from ..internet.servers import InternetError, die_with_parent, stop_process, tool
from ..internet.zones import Host, host

UNBOUND = """server:
    interface: {address}
    port: {port}
    access-control: 127.0.0.0/8 allow
    num-threads: 1
    module-config: "iterator"
    do-not-query-localhost: no
    do-ip6: yes
    harden-large-queries: no
    chroot: ""
    username: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    logfile: "{folder}/unbound.log"
remote-control:
    control-enable: no
"""


class Unbound:
    """An unbound that recurses in the mini-Internet: as its servers are not at port 53, each zone is named to it."""

    def __init__(self, folder, net, port, address="127.0.0.1"):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.port, self.address, self.process = folder, port, address, None
        self.config = os.path.join(folder, "unbound.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(UNBOUND.format(folder=folder, port=port, address=address))
            for zone in net.zones:
                file.write(f'stub-zone:\n    name: "{zone.name}"\n    stub-prime: no\n')
                file.writelines(f"    stub-addr: {host(each).address}@{net.port}\n" for each in zone.hosts)

    def __enter__(self):
        self.process = subprocess.Popen([tool("unbound"), "-d", "-c", self.config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        if not wire.wait_until(self._answers, 10):
            self.__exit__()
            raise InternetError("unbound does not answer")
        return self

    def __exit__(self, *_):
        if self.process is not None:
            stop_process(self.process)

    def _answers(self):
        if self.process.poll() is not None:
            raise InternetError("unbound ended")
        try:
            return wire.ask(".", "SOA", self.address, self.port, timeout=0.5).rcode == "NOERROR"
        except (OSError, ValueError):
            return False


def record(name, rrtype, rdata, ttl=300):
    return wire.encode_name(name) + struct.pack("!HHIH", wire.TYPES[rrtype], 1, ttl, len(rdata)) + rdata


def reply_to(packet, answer=(), authority=(), additional=(), flags=0x8180):
    """A reply from whole records; flags: QR RD RA."""
    _, end = wire.read_name(packet, 12)
    counts = struct.pack("!4H", 1, len(answer), len(authority), len(additional))
    return packet[:2] + struct.pack("!H", flags) + counts + packet[12:end + 4] + b"".join([*answer, *authority, *additional])


class Saying(Answering):
    """A forwarder in a thread: each A is `says`; `lies(name)` gives what else it puts in, as three lists of records."""

    def __init__(self, port, says, address="127.0.0.1", lies=None):
        super().__init__(Host("saying", address), port)
        self.says, self.lies = socket.inet_aton(says), lies or (lambda name: ((), (), ()))
        self.silent = False

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def replies(self, packet):
        if self.silent:
            return []
        return [(0, self.reply(packet))]

    def reply(self, packet):
        name, rrtype = wire.parse(packet).question
        answer, authority, additional = self.lies(name.lower())
        if rrtype == "A" and not any(each.startswith(wire.encode_name(name.lower())) for each in answer):
            answer = (record(name, "A", self.says), *answer)
        return reply_to(packet, answer, authority, additional)


class OverTcp:
    """A server over TCP, one thread a connection; counts connections and questions. UDP is not answered."""

    def __init__(self, port, address="127.0.0.1"):
        self.port, self.address, self.connections, self.questions = port, address, 0, 0
        self.listener, self.streams = None, []

    def __enter__(self):
        self.listener = socket.create_server((self.address, self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.streams:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass                            # it has ended by itself
        self.streams.clear()

    def replies(self, packet):
        """What goes out for a question, message by message; None among them: the stream ends there."""
        raise NotImplementedError

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.streams.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock:
            try:
                while True:
                    packet = wire.read_frame(sock)
                    self.questions += 1
                    for octets in self.replies(packet):
                        if octets is None:
                            return
                        sock.sendall(wire.frame(octets))
            except (OSError, EOFError, ValueError):
                return


class SayingOverTcp(OverTcp):
    """Saying, over TCP alone."""

    def __init__(self, port, says, address="127.0.0.1"):
        super().__init__(port, address)
        self.saying = Saying(port, says, address)

    def replies(self, packet):
        return [self.saying.reply(packet)]
