# SPDX-License-Identifier: Apache-2.0
"""A model of queues: where a server ends on so many cores, from what each of its stages takes by itself.

Each stage is a queue with some threads. By the law of utilisation a thread is busy for the rate of events
times what one takes there; none can be busy for more than all of the time, nor can all of them together
take more than the cores there are. So the end is the least of these rates. It is an upper bound: that
stages wait for each other, that they share caches and memory, and that clocks fall when all cores work
can only lower it.
"""

import dataclasses
import os
import typing

from tables import print_table, thousands

CORES = (1, 2, 4, 8, 16, 32)
ALL_CORES = "all cores"


@dataclasses.dataclass(frozen=True)
class Stage:
    name: str
    cpu_ns: float  # Of a core, for an event.
    wait_ns: float = 0  # What its thread waits for the disk meanwhile.
    threads: typing.Callable = lambda cores: 1

    def end(self, cores):
        """The rate in events/s at which its threads have no time left."""
        return self.threads(cores) / (self.cpu_ns + self.wait_ns) * 1e9


def end(stages, cores, other_ns=0):
    """The least rate in events/s at which something has no time left, and what that is."""
    ends = {stage.name: stage.end(cores) for stage in stages}
    ends[ALL_CORES] = cores / (sum(stage.cpu_ns for stage in stages) + other_ns) * 1e9
    what = min(ends, key=ends.get)
    return ends[what], what


def print_model(stages, other_ns):
    """`other_ns`: CPU an event of what no stage of one thread has."""
    here = os.cpu_count()
    rows = []
    for cores in sorted({*CORES, here}):
        rate, what = end(stages, cores, other_ns)
        busy = [f"{rate / stage.end(cores):.0%}" for stage in stages]
        rows.append([cores, "as here" if cores == here else "not measured",
                     thousands(rate), what, *busy])
    print_table("Where the model ends, the load made elsewhere: events/s, what has no time left, and how busy the "
                "threads of each stage are then",
                ["cores", "", "events/s at most", "ended by", *(stage.name for stage in stages)], rows)
    alone = min(stages, key=lambda stage: stage.end(max(CORES)))
    print(f"\nNothing was measured on more than {here} cores. From {cores_to(alone, stages, other_ns)} cores on "
          f"the model ends at {alone.end(max(CORES)):,.0f} events/s: {alone.name} does not use more.")


def cores_to(stage, stages, other_ns):
    """The fewest cores with which `stage` is what ends it."""
    return next(cores for cores in range(1, max(CORES) + 1) if end(stages, cores, other_ns)[1] == stage.name)
