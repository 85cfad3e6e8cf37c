# SPDX-License-Identifier: Apache-2.0
"""script/bench without the build: see `run.py --help`."""

import argparse
import dataclasses
import functools
import pathlib
import tempfile
import typing

from base import built_base
from cells import cells
from cluster import cluster
from compare import compare
from dashboards import dashboards
from flink import flink
from machine import print_machine, touch_memory
from pairs import PAIRS, pairs
from programs import Programs
from reads import reads
from scale import MARKS, MILLIONS_MAX, check_disk, scale
from shards import shards
from stages import stages
from views import PARTS, views

HELP = """\
full (default)  Hapax beside the floor for batches of 1, 10 and 100, plain and gzip: CPU per event,
                then latency and freshness at half of the throughput reached; about 3 minutes
quick           three of these shapes, briefly; about 30 seconds
pairs           this tree and another commit in turns, a fresh server each time: the median ratio of
                CPU per event with its interval, acknowledgements and freshness at a fixed load; the
                default is 6 pairs, some 4 minutes. The commit is the one before: HEAD~1, or HEAD where
                the tree has changes. It is built in build/base, which is kept for the next time
                (git worktree remove --force build/base). pairs COMMIT, pairs --pairs 20
reads           50 clients that read a view of a million cells without pause, beside 100,000 events/s:
                what the thread that counts pays for them, how long audits take; some 2 minutes
views           what declared views cost by kind and number, and how fast one is made over a log that is
                there; some 10 minutes. One part of it: views kinds|uniques|sessions|making
cells           what a cell takes, and what queries cost at 1 and 10 million cells; some 3 minutes
dashboards      200 open dashboards of eight live queries each beside 1,000 events/s: what they cost the
                server, by thread, and how many bytes they get; some 2 minutes
flink           counts by minute and key in Flink, in one JVM, and in Hapax: CPU an event of each; some 3
                minutes
stages          each stage of the server alone while the others stand still, and a model of how far more
                cores would go; some 2 minutes
shards          a log of a million events processed anew by one, two and as many threads as there are
                cores: what the busiest of them does; some 1 minute
cluster         a cluster (Kafka, PostgreSQL, a folder as object store) beside one machine, librdkafka alone,
                Kafka Streams and Flink: CPU and bytes an event, pauses when partitions move; some 10 minutes
scale           millions of events into one server: what an event costs beside the first ones, memory,
                disk, and kill -9 and restart at each mark; says what disk it needs before it starts.
                The default is 10 20, some 3 minutes; scale 20 50 100 takes 4 to 8
"""


@dataclasses.dataclass(frozen=True)
class Run:
    """`prepare` gets the arguments before anything is measured and says what else `run` is called with."""

    run: typing.Callable
    memory_gib: int  # What the page cache will hold.
    add_arguments: typing.Callable = lambda parser: None
    prepare: typing.Callable = lambda arguments: ()


def view_arguments(parser):
    parser.add_argument("part", nargs="?", choices=PARTS, help="nothing but that")


def pair_arguments(parser):
    parser.add_argument("commit", nargs="?", help="what this tree is compared with (default: the commit before)")
    parser.add_argument("--pairs", type=whole_number(2, 1000), default=PAIRS, metavar="N",
                        help="how many of each shape, 2 to 1000 (default: %(default)s)")


def scale_arguments(parser):
    parser.add_argument("millions", nargs="*", type=whole_number(1, MILLIONS_MAX), default=MARKS, metavar="MILLIONS",
                        help=f"where the server is killed, 1 to {MILLIONS_MAX} (default: 10 20)")


def whole_number(low, high):
    def read(text):
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {low} to {high}")
        return int(text)
    return read


RUNS = {
    "full": Run(compare, 4),
    "quick": Run(functools.partial(compare, quick=True), 1),
    "pairs": Run(pairs, 2, pair_arguments, lambda arguments: (built_base(arguments.commit), arguments.pairs)),
    "reads": Run(reads, 4),
    "views": Run(views, 4, view_arguments, lambda arguments: (arguments.part,)),
    "cells": Run(cells, 6),
    "dashboards": Run(dashboards, 1),
    "flink": Run(flink, 2),
    "stages": Run(stages, 4),
    "shards": Run(shards, 4),
    "cluster": Run(cluster, 4),
    "scale": Run(scale, 9, scale_arguments,
                 lambda arguments: (check_disk(Programs(), temporary(arguments), arguments.millions),)),
}


def temporary(arguments):
    return arguments.directory or pathlib.Path(tempfile.gettempdir())


def parse():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--directory", type=pathlib.Path, metavar="DIR", default=argparse.SUPPRESS,
                        help="where data is stored meanwhile: the disk that is measured (default: "
                             "the system's temporary directory)")
    parser = argparse.ArgumentParser(prog="script/bench", description="Benchmarks; docs/benchmarks.md",
                                     epilog=HELP, parents=[common],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(directory=None)
    whats = parser.add_subparsers(dest="what", metavar="WHAT")
    for name, run in RUNS.items():
        run.add_arguments(whats.add_parser(name, parents=[common]))
    return parser.parse_args()


def main():
    arguments = parse()
    what = RUNS[arguments.what or "full"]
    prepared = what.prepare(arguments)
    print_machine()
    touch_memory(what.memory_gib)
    with tempfile.TemporaryDirectory(prefix="hapax-bench-", dir=arguments.directory) as directory:
        what.run(Programs(), pathlib.Path(directory), *prepared)


if __name__ == "__main__":
    main()
