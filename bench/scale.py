# SPDX-License-Identifier: Apache-2.0
"""Cost per event while 20 million events accumulate; memory; restart after kill -9."""

import statistics

from servers import Hapax
from tables import print_table, thousands

MILLION = 1_000_000
KILLS_AT = (10, 20)  # Millions.
FLAT_WITHIN = 0.2


def scale(programs, directory):
    data = directory / "data"
    server = Hapax(programs, data)
    costs, restarts = [], []
    try:
        for million in range(1, KILLS_AT[-1] + 1):
            result = programs.bench(server, "--closed", "--events", MILLION, "--warmup", 0)
            costs.append(result)
            print(f"{million:2} M events: {result['server_cpu_ns_per_event']:,.0f} ns/event",
                  flush=True)
            if million in KILLS_AT:
                memory = server.memory_mib()
                server.kill()
                server = Hapax(programs, data)
                restarts.append([f"{million} M", "", *map(thousands, memory),
                                 f"{server.seconds_until_ready():.2f}",
                                 f"{server.seconds_until_processed():.2f}"])
    finally:
        server.kill()
    print_costs(costs)
    print_table("Memory in MiB, then kill -9 and start: seconds until ready, until all is processed",
                ["events", "", "RSS", "of it anonymous", "ready s", "processed s"], restarts)


def print_costs(results):
    cells = [[f"{i + 1} M", "", thousands(result["server_cpu_ns_per_event"]),
              thousands(result["events_per_second"]),
              thousands(result["server"]["checkpoints"]),
              f"{result['load_average']:.1f}", f"{result['steal']:.1%}"]
             for i, result in enumerate(results)]
    print_table("CPU per event in ns while ids accumulate, batches of 100, plain, closed loop",
                ["events", "", "hapax", "events/s", "checkpoints", "load avg", "steal"], cells)
    costs = [result["server_cpu_ns_per_event"] for result in results]
    median = statistics.median(costs)
    low, high = min(costs) / median - 1, max(costs) / median - 1
    verdict = "flat" if max(-low, high) <= FLAT_WITHIN else "NOT FLAT"
    print(f"\n{verdict}: median {median:,.0f} ns/event, from {low:+.0%} to {high:+.0%}; "
          f"flat means within {FLAT_WITHIN:.0%}")
