"""From samples to tables: medians with the least and the most, ratios within the run."""
import platform
import statistics

ECHO, OURS = "echo", ("windlass", "windlass local")


def spread(values, digits):
    """`median (least-most)`"""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def median_of(samples, field):
    return statistics.median(getattr(sample, field) for sample in samples)


def ratio(samples, others, field="us"):
    """The median of the ratios round by round: both sides of each were measured within seconds; "" without others."""
    if not others:
        return ""
    pairs = zip(samples, others)
    return f"{statistics.median(getattr(a, field) / max(getattr(b, field), 1e-9) for a, b in pairs):.2f}"


COLUMNS = ("workload", "server", "CPU us/query", "user+system", "x best peer", "x echo", "queries/s", "p50 us", "p99 us",
           "p99.9 us", "p99 x quiet", "upstream/query", "RSS MiB", "octets", "bad")


def best_peer(results):
    """The samples of who needs least CPU time of all that are neither ours nor the echo; None: there are none."""
    peers = [samples for name, samples in results.items() if name not in OURS and name != ECHO and samples]
    return min(peers, key=lambda samples: median_of(samples, "us"), default=None)


def shown_rate(value):
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.5f}"


def row(workload, subject, results):
    samples = results[workload.name][subject]
    others = results[workload.name]
    peer = best_peer(others)
    return (workload.name, subject, spread([s.us for s in samples], 1),
            f"{median_of(samples, 'user_us'):.1f}+{median_of(samples, 'system_us'):.1f}",
            ratio(samples, peer), ratio(samples, others.get(ECHO)),
            f"{median_of(samples, 'rate'):.0f}", f"{median_of(samples, 'p50'):.0f}", f"{median_of(samples, 'p99'):.0f}",
            f"{median_of(samples, 'p999'):.0f}", ratio(samples, results.get(workload.quiet, {}).get(subject), "p99"),
            shown_rate(median_of(samples, 'upstream')),
            f"{median_of(samples, 'rss_mib'):.0f}", f"{median_of(samples, 'octets'):.0f}", str(sum(s.bad for s in samples)))


def table(columns, rows):
    lines = ["| " + " | ".join(cells) + " |" for cells in (columns, *rows)]
    lines.insert(1, "|" + "---|" * len(columns))
    return "\n".join(lines)


def machine():
    model = "unknown CPU"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    with open("/proc/loadavg", encoding="ascii") as file:
        load = file.read().split()[0]
    return {"cpu": model, "kernel": platform.release(), "load_average_at_end": float(load)}


def markdown(results, workloads, rounds, where):
    rows = [row(workload, subject, results) for workload in workloads for subject in results[workload.name]]
    head = (f"{rounds} rounds, interleaved; medians, with (least-most); server on one core, load and authoritative servers "
            f"on another.\n{where['cpu']}, Linux {where['kernel']}, load average at the end {where['load_average_at_end']:.1f}.\n")
    notes = "\n".join(f"* {workload.name}: {workload.what}, {workload.window} queries under way" for workload in workloads)
    return f"{head}\n{table(COLUMNS, rows)}\n\n{notes}\n"
