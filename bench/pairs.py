# SPDX-License-Identifier: Apache-2.0
"""This tree and another commit in interleaved pairs: what an event costs beside what it cost there."""

import dataclasses
import shutil
from statistics import median

from compare import Shape
from medians import median_with_interval
from servers import Hapax, server_options
from tables import milliseconds, print_table, thousands

PAIRS = 6  # The fewest whose interval comes to 95 %.
SECONDS = 4
# Shapes, and what the open loop offers of each, in events/s: as much on both sides.
LOADS = [(Shape(100, False, 1_000_000), 50_000), (Shape(100, True, 500_000), 50_000),
         (Shape(1, False, 60_000), 5_000)]


@dataclasses.dataclass(frozen=True)
class Side:
    closed: dict
    fixed: dict

    @property
    def cost(self):
        return self.closed["server_cpu_ns_per_event"]


def pairs(programs, directory, base, count):
    adapt(base, programs)
    rehearse(programs, directory, base)
    measured = [[] for _ in LOADS]
    for number in range(count):
        for load, so_far in zip(LOADS, measured):
            so_far.append(pair(programs, directory, base, load, swapped=number % 2 == 1))
            then, now = so_far[-1]
            print(f"pair {number + 1} of {count}, {label(load)}: base {then.cost:,.0f} ns, this {now.cost:,.0f} ns, "
                  f"{now.cost / then.cost:.3f}; load average {now.closed['load_average']:.1f}", flush=True)
    print_costs(base, measured)
    print_latencies(measured)


def adapt(base, programs):
    """An older hapax may not know all options that servers are started with here, and more may differ by default."""
    ours, theirs = programs.serve_options(), base.programs.serve_options()
    base.programs.unknown_options = frozenset(option[0] for option in server_options("")) - theirs
    for who, only in (("this tree", ours - theirs), ("the base", theirs - ours)):
        if only:
            print(f"Only {who} knows {', '.join(sorted(only))}.")
    if base.programs.unknown_options:
        print(f"So servers of the base start without {', '.join(sorted(base.programs.unknown_options))}.")


def rehearse(programs, directory, base):
    """So that a base that cannot be measured is told before anything is."""
    try:
        run(base.programs, programs, directory, (Shape(100, False, 10_000), 1_000), seconds=1)
    except (RuntimeError, SystemExit) as error:
        raise SystemExit(f"the base, {base.name}, cannot be measured by this tree's `hapax bench`: {error}") from None


def pair(programs, directory, base, load, swapped):
    """The base's and this tree's, whichever came first."""
    sides = [base.programs, programs]
    measured = [run(side, programs, directory, load) for side in (reversed(sides) if swapped else sides)]
    return measured[::-1] if swapped else measured


def run(side, programs, directory, load, seconds=SECONDS):
    """On a fresh server and folder; both sides get their load from the same program, this tree's."""
    shape, rate = load
    data = directory / "data"
    with Hapax(side, data) as server:
        closed = programs.bench(server, "--closed", "--events", shape.events, "--warmup", shape.events // 5,
                                *shape.flags)
        fixed = programs.bench(server, "--rate", rate, "--freshness", "--duration", f"{seconds}s", *shape.flags)
    shutil.rmtree(data)
    return Side(closed, fixed)


def label(load):
    return "batches of {}, {}".format(*load[0].label)


def print_costs(base, measured):
    print(f"\nbase: {base.name}\nthis: {base.head}")
    rows = []
    for (shape, _), sides in zip(LOADS, measured):
        ratio = median_with_interval([now.cost / then.cost for then, now in sides])
        rows.append(shape.label + [thousands(median(side[i].cost for side in sides)) for i in (0, 1)]
                    + [f"{ratio.value:.3f}", f"{ratio.low:.3f} to {ratio.high:.3f}"])
    confidence = median_with_interval(range(len(measured[0]))).confidence
    print_table(f"CPU per event in ns, closed loop; medians of {len(measured[0])} interleaved pairs; the interval of "
                f"the median ratio is of order statistics, {confidence:.1%} confident",
                ["batch", "bodies", "base", "this", "this / base", "interval"], rows)


def print_latencies(measured):
    rows = []
    for (shape, rate), sides in zip(LOADS, measured):
        for who, i in (("base", 0), ("this", 1)):
            fixed = [side[i].fixed for side in sides]
            latencies = ([one["ack_ns"]["p50"] for one in fixed], [one["ack_ns"]["p99"] for one in fixed],
                         [one["freshness"]["ns"]["p99"] for one in fixed])
            rows.append(shape.label + [thousands(rate), who, *(milliseconds(median(some)) for some in latencies)])
    probes = measured[0][0][0].fixed["freshness"]["sent"]
    print_table(f"Latency at a fixed load, open loop, in ms; medians of the runs, {probes} probes of freshness each",
                ["batch", "bodies", "events/s", "", "ack p50", "ack p99", "fresh p99"], rows)
