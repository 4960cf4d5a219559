"""One measurement: a server under load, and what that cost it."""
import json
import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from ..internet.servers import InternetError, die_with_parent, stop_process
from .subjects import LOAD_CORE, PORT, on_core

QUIET_SECONDS = 0.05        # without CPU time: the server has done what the last question caused
TIMERS_NS = 200_000         # what timers take meanwhile
SECONDS = 60                # a run is given up then, and the queries not sent count as lost
WARM_TRIES = 20


@dataclass(frozen=True)
class Cpu:
    """CPU time of a process since its start: nanoseconds in all, and clock ticks by mode (coarse)."""
    ns: int
    user: int
    system: int


@dataclass(frozen=True)
class Sample:
    """One run of one subject. us: CPU microseconds of the server process per answered query."""
    us: float
    user_us: float
    system_us: float
    rate: float
    p50: float
    p99: float
    p999: float
    rss_mib: float
    upstream: float         # datagrams sent by the server per query, answers to the client left out
    octets: float
    answered: int
    bad: int                # see bad_of()


def cpu_of(pid):
    """schedstat counts each thread in ns; ticks only tell user from system."""
    ns = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            ns += int(file.read().split()[0])
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return Cpu(ns, int(fields[11]), int(fields[12]))


def cost_ms(pid, act):
    """CPU ms from before act() until the process rests."""
    before = cpu_of(pid).ns
    act()
    last = cpu_of(pid).ns
    while True:
        time.sleep(QUIET_SECONDS)
        now = cpu_of(pid).ns
        if now - last < TIMERS_NS:
            return (now - before) / 1e6
        last = now


def rss_mib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024


def parse_udp_sent(text):
    """OutDatagrams of a /proc/net/snmp."""
    names, values = [line.split() for line in text.splitlines() if line.startswith("Udp:")]
    return int(values[names.index("OutDatagrams")])


def udp_sent():
    """Datagrams sent in this network namespace, whose only life is this benchmark."""
    with open("/proc/self/net/snmp", encoding="ascii") as file:
        return parse_udp_sent(file.read())


def load_command(tools, names_file, count, window, seconds=SECONDS):
    return [os.path.join(tools, "load"), "--port", str(PORT), "--names", names_file, "--count", str(count),
            "--seconds", str(seconds), "--window", str(window), "--timeout-ms", "5000"]


@contextmanager
def asked_beside(tools, names_file, count, rate):
    """Asks these names at this rate as long as the body runs; each once, then from the start."""
    with on_core(LOAD_CORE):
        process = subprocess.Popen(load_command(tools, names_file, count, 256) + ["--rate", str(rate)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
    try:
        yield
    finally:
        stop_process(process)


def run_load(tools, names_file, workload, count):
    return loaded(load_command(tools, names_file, count, workload.window) + ["--do"] * workload.dnssec_ok)


def loaded(command, seconds=SECONDS):
    """What the load generator says of its run."""
    with on_core(LOAD_CORE):
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=seconds + 30,
                              preexec_fn=die_with_parent)
    if done.returncode != 0:
        raise InternetError(f"load: {done.stderr.strip()}")
    return json.loads(done.stdout)


def bad_of(result, count, validated, wanted="NOERROR"):
    """How many of count have no good answer: lost, refused, truncated or, with DO, not shown to be authentic."""
    good = result["rcodes"].get(wanted, 0) - result["tc"]
    return count - (min(good, result["ad"]) if validated else good)


def warm(tools, names_file, workload, count):
    """Asks until a whole pass is answered well; says by how much not, otherwise."""
    for _ in range(WARM_TRIES):
        missing = bad_of(run_load(tools, names_file, workload, count), count, workload.dnssec_ok, workload.wanted)
        if missing == 0:
            return
    raise InternetError(f"{workload.name}: {missing} of {count} names without an answer after {WARM_TRIES} passes")


def upstream_of(sent, asked, answered, count):
    """Half of what is neither query nor answer: each datagram upstream is answered by one."""
    return max(sent - asked - answered, 0) / 2 / count


def measure(subject, tools, names_file, workload, count):
    """A Sample, and the load generator's own result."""
    before, sent = cpu_of(subject.pid), udp_sent()
    result = run_load(tools, names_file, workload, count)
    after, sent = cpu_of(subject.pid), udp_sent() - sent
    answered = max(result["answered"], 1)
    us = (after.ns - before.ns) / 1000 / answered
    user, system = after.user - before.user, after.system - before.system
    latency = result["latency_us"]
    sample = Sample(us, us * user / max(user + system, 1), us * system / max(user + system, 1),
                    answered / result["seconds"], latency["p50"], latency["p99"], latency["p999"], rss_mib(subject.pid),
                    upstream_of(sent, result["sent"], result["answered"], answered), result["octets"] / answered,
                    result["answered"], bad_of(result, count, workload.dnssec_ok, workload.wanted))
    return sample, {**result, **asdict(sample)}
