"""Relay: a bad network in front of the mini-Internet's servers.

It listens at every server's own address on a port of its own and hands packets on to the server behind; a resolver
whose upstream_port is the relay's meets the faults. The fates of packets come from a seed, one packet after the other.
"""
import asyncio
import random
import threading
from dataclasses import dataclass

PATIENCE = 5.0            # how long a server may think


@dataclass(frozen=True)
class Faults:
    """Each a probability for each packet, in each direction."""
    loss: float = 0
    duplicate: float = 0
    late: float = 0           # overtaken by what was sent up to LATE seconds later
    corrupt: float = 0        # one octet is another one, and no checksum tells


LATE = 0.3                # seconds; over TCP so much goes by before a lost segment is sent again


class Relay:
    """A context manager. faults may be changed at any time."""

    def __init__(self, net, faults=Faults(), seed=1):
        self.net, self.faults = net, faults
        self.port = net.free_port()
        self._random = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._fronts, self._tasks = {}, set()     # name of the host -> [transport, server]

    def __enter__(self):
        self._thread.start()
        for host in self.net.hosts:
            self.revive(host.name)
        return self

    def __exit__(self, *_):
        self.kill(*self._fronts)
        self._within(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def kill(self, *names):
        """Nobody listens there any more: ICMP says so over UDP, RST over TCP."""
        for name in names:
            for front in self._fronts.pop(name, ()):
                self._loop.call_soon_threadsafe(front.close)

    def revive(self, *names):
        for name in names:
            self._within(self._listen(next(host for host in self.net.hosts if host.name == name)))

    def _within(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _end(self):
        while self._tasks:              # a packet that was late may have begun another
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(LATE)

    def _begin(self, work):
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, host):
        front, _ = await self._loop.create_datagram_endpoint(lambda: _Front(self, host), (host.address, self.port))
        server = await asyncio.start_server(lambda *stream: self._join(host, *stream), host.address, self.port)
        self._fronts[host.name] = [front, server]

    # ---- datagrams ----------------------------------------------------------------------------------------------

    def pass_on(self, packet, send):
        """One packet, one fate: lost, or sent once or twice, now or late, as it was or not."""
        faults, chance = self.faults, self._random.random
        if chance() < faults.loss:
            return
        if chance() < faults.corrupt:
            at = self._random.randrange(len(packet))
            packet = packet[:at] + bytes([packet[at] ^ self._random.randrange(1, 256)]) + packet[at + 1:]
        for _ in range(2 if chance() < faults.duplicate else 1):
            self._loop.call_later(chance() * LATE if chance() < faults.late else 0, send, packet)

    def carry(self, host, packet, answer):
        """A query to the server behind; what it says goes to answer(packet)."""
        self.pass_on(packet, lambda octets: self._begin(self._exchange(host, octets, answer)))

    async def _exchange(self, host, packet, answer):
        behind, _ = await self._loop.create_datagram_endpoint(
            lambda: _Behind(packet, lambda octets: self.pass_on(octets, answer)), remote_addr=(host.address, self.net.port))
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            behind.close()

    # ---- streams ------------------------------------------------------------------------------------------------

    async def _join(self, host, reader, writer):
        try:
            behind = await asyncio.open_connection(host.address, self.net.port)
        except OSError:
            return writer.close()
        for source, sink in ((reader, behind[1]), (behind[0], writer)):
            self._begin(self._pump(source, sink))

    async def _pump(self, source, sink):
        try:
            while octets := await source.read(65536):
                while self._random.random() < self.faults.loss:
                    await asyncio.sleep(LATE)
                sink.write(octets)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()


class _Front(asyncio.DatagramProtocol):
    def __init__(self, relay, host):
        self.relay, self.host, self.transport = relay, host, None

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, peer):
        self.relay.carry(self.host, packet, lambda octets: self._answer(octets, peer))

    def _answer(self, octets, peer):
        if not self.transport.is_closing():
            self.transport.sendto(octets, peer)


class _Behind(asyncio.DatagramProtocol):
    def __init__(self, packet, take):
        self.packet, self.take = packet, take

    def connection_made(self, transport):
        transport.sendto(self.packet)

    def datagram_received(self, packet, _):
        self.take(packet)
