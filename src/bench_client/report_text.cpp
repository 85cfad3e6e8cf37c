// SPDX-License-Identifier: Apache-2.0
#include "bench_client/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hapax::bench {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::nanoseconds;

double milliseconds(nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

double per_event(nanoseconds time, const Report& report) {
  const auto events = report.acknowledged();
  return events == 0 ? 0 : static_cast<double>(time.count()) / static_cast<double>(events);
}

std::string pace_text(const Plan& plan) {
  return plan.rate ? fmt::format("open loop, {:.0f} events/s", *plan.rate) : "closed loop";
}

std::string quantiles_text(const LatencyHistogram& latency) {
  return fmt::format("p50 {:.2f}  p90 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f} ms",
                     milliseconds(latency.quantile(0.5)), milliseconds(latency.quantile(0.9)),
                     milliseconds(latency.quantile(0.99)), milliseconds(latency.quantile(0.999)),
                     milliseconds(latency.max()));
}

Json to_object(const LatencyHistogram& latency) {
  return {{"count", latency.count()},
          {"p50", latency.quantile(0.5).count()},
          {"p90", latency.quantile(0.9).count()},
          {"p99", latency.quantile(0.99).count()},
          {"p999", latency.quantile(0.999).count()},
          {"max", latency.max().count()}};
}

std::string server_text(const Report& report) {
  const auto cpu = report.server_cpu_ns_per_event();
  auto text =
      cpu ? fmt::format("server CPU   {:.0f} ns/event (user + system, until processed)\n", *cpu)
          : "server CPU   not known; give --pid\n";
  if (report.counters) {
    const auto& counters = *report.counters;
    const auto syncs = std::max(counters.syncs, 1.0);
    text += fmt::format(
        "server       {:.0f} syncs, on average {:.0f} KiB in {:.2f} ms; {:.0f} checkpoints\n",
        counters.syncs, counters.synced_bytes / syncs / 1024, counters.sync_seconds / syncs * 1e3,
        counters.checkpoints);
  }
  return text;
}

Json counters_json(const ServerCounters& counters) {
  return {{"syncs", counters.syncs},
          {"sync_seconds", counters.sync_seconds},
          {"synced_bytes", counters.synced_bytes},
          {"checkpoints", counters.checkpoints}};
}

Json freshness_json(const Freshness& freshness) {
  return {{"sent", freshness.sent},
          {"acknowledged", freshness.acknowledged},
          {"unseen", freshness.unseen()},
          {"ns", to_object(freshness.latency)}};
}

}  // namespace

std::string to_text(const Plan& plan, const Report& report) {
  auto text = fmt::format("load         {} connections, batches of {}, {}, {}\n", plan.connections,
                          plan.batch, plan.gzip ? "gzip" : "plain", pace_text(plan));
  text += fmt::format("acknowledged {} events in {:.2f} s: {:.0f} events/s, {:.0f} requests/s\n",
                      report.load.acknowledged, seconds(report.took()), report.events_per_second(),
                      report.events_per_second() / static_cast<double>(plan.batch));
  if (report.repeats > 0) {
    text += fmt::format("of these     {} had been sent before\n", report.repeats);
  }
  text += fmt::format("not          {} events rejected", report.load.rejected);
  for (const auto& [status, count] : report.load.errors) {
    text += fmt::format(", {} requests failed ({})", count, status);
  }
  text += '\n';
  text += server_text(report);
  text += fmt::format("client CPU   {:.0f} ns/event\n", per_event(report.client_cpu, report));
  text += fmt::format("ack          {}\n", quantiles_text(report.load.latency));
  if (report.freshness) {
    text += fmt::format("freshness    {} ({} probes)\n", quantiles_text(report.freshness->latency),
                        report.freshness->sent);
  }
  text += fmt::format("processed    {:.2f} s after the first request\n",
                      seconds(report.processed_after));
  text += fmt::format("machine      load average {:.2f}, steal {:.1f} %\n", report.load_average,
                      report.steal * 100);
  for (const auto& problem : report.problems) {
    text += fmt::format("DOES NOT COUNT: {}\n", problem);
  }
  return text;
}

std::string to_json(const Plan& plan, const Report& report) {
  const auto cpu = report.server_cpu_ns_per_event();
  const Json json{{"batch", plan.batch},
                  {"gzip", plan.gzip},
                  {"connections", plan.connections},
                  {"rate", plan.rate ? Json(*plan.rate) : Json()},
                  {"requests", report.load.requests},
                  {"acknowledged", report.load.acknowledged},
                  {"repeats", report.repeats},
                  {"rejected", report.load.rejected},
                  {"errors", report.load.errors},
                  {"seconds", seconds(report.took())},
                  {"processed_seconds", seconds(report.processed_after)},
                  {"events_per_second", report.events_per_second()},
                  {"server_cpu_ns_per_event", cpu ? Json(*cpu) : Json()},
                  {"client_cpu_ns_per_event", per_event(report.client_cpu, report)},
                  {"ack_ns", to_object(report.load.latency)},
                  {"freshness", report.freshness ? freshness_json(*report.freshness) : Json()},
                  {"server", report.counters ? counters_json(*report.counters) : Json()},
                  {"load_average", report.load_average},
                  {"steal", report.steal},
                  {"problems", report.problems}};
  return json.dump(2) + "\n";
}

}  // namespace hapax::bench
