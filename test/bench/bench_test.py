"""The bench itself: the load generator against the echo, and the arithmetic of measure.py and report.py.

The folder of load and echo stands in BENCH_TOOLS.
"""
import json
import os
import socket
import subprocess
import tempfile
import unittest

from ..internet import wire
from ..whole.windlass import free_port
from . import attacks, figures, measure, report
from .workloads import WORKLOADS

TOOLS = os.environ.get("BENCH_TOOLS", "")
NAMES = [f"n{i}.zone.example." for i in range(7)]


class LoadTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.names = os.path.join(folder.name, "names")
        self.port = free_port()
        self.write(NAMES)

    def write(self, names):
        with open(self.names, "w", encoding="ascii") as file:
            file.write("\n".join(names) + "\n")

    def start_echo(self, octets):
        echo = subprocess.Popen([os.path.join(TOOLS, "echo"), "127.0.0.1", str(self.port), str(octets)],
                                stdout=subprocess.PIPE, text=True)
        self.addCleanup(echo.stdout.close)
        self.addCleanup(echo.wait)
        self.addCleanup(echo.terminate)
        self.assertEqual(echo.stdout.readline(), "ready\n")

    def run_load(self, *words):
        return subprocess.run([os.path.join(TOOLS, "load"), "--port", str(self.port), "--names", self.names, *words],
                              capture_output=True, text=True, timeout=60)

    def load(self, *words):
        done = self.run_load(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_counts_every_answer(self):
        self.start_echo(150)
        result = self.load("--count", "100000", "--window", "200", "--do", "--timeout-ms", "30000")
        self.assertEqual((result["sent"], result["answered"], result["lost"], result["stray"]), (100000, 100000, 0, 0))
        self.assertEqual((result["rcodes"], result["ad"], result["tc"]), ({"NOERROR": 100000}, 100000, 0))
        self.assertEqual(result["octets"], 100000 * 150)
        self.assertEqual(sum(count for _, count in result["latency_us"]["histogram"]), 100000)
        self.assertLessEqual(result["latency_us"]["p50"], result["latency_us"]["p99"])
        self.assertLessEqual(result["latency_us"]["p99"], result["latency_us"]["max"])

    def test_keeps_a_rate(self):
        self.start_echo(0)
        result = self.load("--count", "400", "--rate", "800")
        self.assertEqual(result["answered"], 400)
        self.assertGreaterEqual(result["seconds"], 0.49)

    def test_asks_each_name_in_turn(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", self.port))
            self.load("--count", "9", "--window", "9", "--timeout-ms", "100")
            asked = [sock.recv(512) for _ in range(9)]
        self.assertEqual([packet[13:15].decode() for packet in asked], [NAMES[i % 7][:2] for i in range(9)])
        self.assertEqual(len({packet[:2] for packet in asked}), 9)

    def test_silence_is_loss_negative(self):
        """[negative] Nobody answers: every query counts as lost, and it ends in time."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", self.port))
            result = self.load("--count", "50", "--window", "10", "--timeout-ms", "50")
            self.assertEqual((result["sent"], result["answered"], result["lost"]), (50, 0, 50))
            result = self.load("--count", "1000000", "--seconds", "0.3")
            self.assertEqual(result["lost"], result["sent"])
            self.assertLess(result["seconds"], 5)

    def test_answers_that_are_none_negative(self):
        """[negative] Short ones, queries and IDs nobody asked are stray."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", self.port))
            load = subprocess.Popen([os.path.join(TOOLS, "load"), "--port", str(self.port), "--names", self.names, "--count",
                                     "1", "--timeout-ms", "1500"], stdout=subprocess.PIPE, text=True)
            query, peer = sock.recvfrom(512)
            for packet in (b"", query[:2] + b"\x80", query, b"\xff\xff\x80" + query[3:]):
                sock.sendto(packet, peer)
            result = json.loads(load.communicate(timeout=20)[0])
        self.assertEqual((result["answered"], result["lost"], result["stray"]), (0, 1, 4))

    def test_no_names_negative(self):
        """[negative] Empty files, empty labels and labels too long end it with a line that says so."""
        for names in ([], ["a..example."], ["a" * 64 + ".example."], [".".join(["a" * 60] * 5)]):
            self.write(names)
            done = self.run_load("--count", "1")
            self.assertEqual(done.returncode, 1, names)
            self.assertIn("load: ", done.stderr)


def sample(us, rate=1.0):
    return measure.Sample(us, us, 0, rate, 1, 2, 3, 4, 5, 6, 7, 0)


class ArithmeticTests(unittest.TestCase):
    def test_medians_and_ratios(self):
        self.assertEqual(report.spread([3, 1, 2], 1), "2.0 (1.0-3.0)")
        self.assertEqual(report.ratio([sample(1), sample(9), sample(3)], [sample(2), sample(3), sample(2)]), "1.50")
        self.assertEqual(report.ratio([sample(1)], None), "")

    def test_the_best_peer_is_who_needs_least(self):
        results = {"windlass": [sample(1)], "unbound": [sample(5)], "bind": [sample(4), sample(2)], "echo": [sample(0)]}
        self.assertIs(report.best_peer(results), results["bind"])
        self.assertIsNone(report.best_peer({"windlass": [sample(1)], "echo": [sample(0)]}))

    def test_a_bound_is_of_one_side(self):
        self.assertEqual([figures.holds(2, bound) for bound in ("<= 2", ">= 2.5", "<= 1.9", "")], ["yes", "NO", "NO", ""])

    def test_small_rates_keep_their_digits(self):
        self.assertEqual([report.shown_rate(value) for value in (0, 0.00042, 1.234)], ["0.00", "0.00042", "1.23"])

    def test_hostile_packets_are_what_they_are_called(self):
        self.assertEqual(len(attacks.many_options(1)), len(wire.query(attacks.GOOD)) + 600 * 4)
        for make in (attacks.pointer_chain, attacks.noise, attacks.changed):
            self.assertEqual((make(7), make(7) == make(8)), (make(7), False))
            self.assertLess(len(make(7)), 65_000)

    def test_a_row_has_a_cell_for_each_column(self):
        for workload in WORKLOADS:
            results = {workload.name: {name: [sample(2.0)] for name in workload.subjects}}
            for name in workload.subjects:
                self.assertEqual(len(report.row(workload, name, results)), len(report.COLUMNS))

    def test_workloads_ask_what_they_say(self):
        for workload in WORKLOADS:
            names = workload.names(102)
            self.assertEqual(len(names), len(set(names)), workload.name)
            self.assertFalse([name for name in names if name.endswith("z00000.bench.")], "a name of the zone that warms up")
            self.assertEqual(names, workload.names(102), "the same in each run")

    def test_datagrams_of_the_kernel(self):
        text = "Udp: InDatagrams NoPorts InErrors OutDatagrams\nUdp: 5 6 7 80\nUdpLite: InDatagrams OutDatagrams\nUdpLite: 1 2\n"
        self.assertEqual(measure.parse_udp_sent(text), 80)
        self.assertEqual(measure.upstream_of(sent=80, asked=10, answered=10, count=10), 3.0)

    def test_what_counts_as_bad(self):
        good = {"rcodes": {"NOERROR": 10}, "tc": 0, "ad": 10}
        self.assertEqual(measure.bad_of(good, 10, True), 0)
        self.assertEqual(measure.bad_of({**good, "ad": 4}, 10, True), 6)
        self.assertEqual(measure.bad_of({**good, "ad": 0}, 10, False), 0)
        self.assertEqual(measure.bad_of({**good, "tc": 1, "rcodes": {"NOERROR": 9, "SERVFAIL": 1}}, 10, False), 2)

    def test_cpu_of_this_process_grows(self):
        before = measure.cpu_of(os.getpid())
        sum(i * i for i in range(300_000))
        self.assertGreater(measure.cpu_of(os.getpid()).ns, before.ns)


if __name__ == "__main__":
    unittest.main()
