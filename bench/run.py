# SPDX-License-Identifier: Apache-2.0
"""script/bench without the build: see `run.py --help`."""

import argparse
import functools
import pathlib
import tempfile

from cells import cells
from compare import compare
from dashboards import dashboards
from flink import flink
from machine import print_machine, touch_memory
from programs import Programs
from reads import reads
from scale import scale
from views import PARTS, views

HELP = """\
full (default)  Hapax beside the floor for batches of 1, 10 and 100, plain and gzip: CPU per event,
                then latency and freshness at half of the throughput reached; about 3 minutes
quick           three of these shapes, briefly; about 30 seconds
reads           50 clients that read a view of a million cells without pause, beside 100,000 events/s:
                what the thread that counts pays for them, how long audits take; some 2 minutes
views           what declared views cost by kind and number, and how fast one is made over a log that is
                there; some 10 minutes. One part of it: views kinds|uniques|sessions|making
cells           what a cell takes, and what queries cost at 1 and 10 million cells; some 3 minutes
dashboards      200 open dashboards of eight live queries each beside 1,000 events/s: what they cost the
                server, by thread, and how many bytes they get; some 2 minutes
flink           counts by minute and key in Flink, in one JVM, and in Hapax: CPU an event of each; some 3
                minutes
scale           20 million events into one server: cost per event, memory, restart; needs 8 GB of
                disk; some 3 minutes
"""


RUNS = {"full": compare, "quick": functools.partial(compare, quick=True), "reads": reads, "views": views,
        "cells": cells, "dashboards": dashboards, "flink": flink,
        "scale": scale}
MEMORY_GIB = {"full": 4, "quick": 1, "reads": 4, "views": 4, "cells": 6, "dashboards": 1, "flink": 2, "scale": 9}  # What the page cache will hold.


def main():
    parser = argparse.ArgumentParser(prog="script/bench", description="Benchmarks; docs/benchmarks.md",
                                     epilog=HELP,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=RUNS, default="full")
    parser.add_argument("part", nargs="?", choices=PARTS, help="of views: nothing but that")
    parser.add_argument("--directory", type=pathlib.Path, metavar="DIR",
                        help="where data is stored meanwhile: the disk that is measured (default: "
                             "the system's temporary directory)")
    arguments = parser.parse_args()
    if arguments.part and arguments.what != "views":
        parser.error(f"{arguments.what} has no parts")
    run = PARTS[arguments.part] if arguments.part else RUNS[arguments.what]
    print_machine()
    touch_memory(MEMORY_GIB[arguments.what])
    with tempfile.TemporaryDirectory(prefix="hapax-bench-", dir=arguments.directory) as directory:
        run(Programs(), pathlib.Path(directory))


if __name__ == "__main__":
    main()
