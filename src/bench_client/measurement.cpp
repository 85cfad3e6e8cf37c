// SPDX-License-Identifier: Apache-2.0
#include "bench_client/measurement.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "bench_client/web_requests.hpp"

namespace hapax::bench {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

double seconds(nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

Error invalid(std::string message, std::string hint) {
  return {.kind = ErrorKind::kInvalid, .message = std::move(message), .hint = std::move(hint)};
}

std::uint64_t requests_for(std::uint64_t events, std::uint64_t batch) {
  return (events + batch - 1) / batch;
}

Result<Pace> pace_of(const Plan& plan) {
  Pace pace{.interval = {},
            .requests_max = plan.events ? requests_for(*plan.events, plan.batch) : kUnlimited};
  if (!plan.events) {
    pace.time_max = plan.duration;
  }
  if (plan.rate) {
    const auto requests_per_second = *plan.rate / static_cast<double>(plan.batch);
    pace.interval = nanoseconds(std::llround(1e9 / requests_per_second));
    if (!plan.events) {
      pace.requests_max =
          static_cast<std::uint64_t>(std::ceil(seconds(plan.duration) * requests_per_second));
    }
  }
  if ((plan.gzip || plan.web) && pace.requests_max == kUnlimited) {
    return invalid(
        "--gzip and --scenario web, when the loop is closed, need to know how many "
        "events to make",
        "add --events 1000000");
  }
  return pace;
}

ServerCounters growth(const ServerCounters& before, const ServerCounters& after) {
  return {.cpu_seconds = after.cpu_seconds - before.cpu_seconds,
          .checkpoints = after.checkpoints - before.checkpoints,
          .syncs = after.syncs - before.syncs,
          .sync_seconds = after.sync_seconds - before.sync_seconds,
          .synced_bytes = after.synced_bytes - before.synced_bytes};
}

/// One measurement: the pieces that its steps share.
class Measurement {
 public:
  Measurement(const Plan& plan, Target target, const Clock& clock, Random& random, EventLoop loop)
      : plan_(plan),
        target_(std::move(target)),
        clock_(clock),
        ids_(random),
        web_ids_(random),
        loop_(std::move(loop)),
        server_(target_, plan.read_key, plan.source.empty() ? plan.write_key : plan.source) {}

  Result<Report> run();

 private:
  struct Before {
    Books books;
    ServerCounters counters;
    nanoseconds server_cpu{};
    nanoseconds client_cpu{};
    MachineLoad machine;
  };
  struct Load {
    std::unique_ptr<RequestSource> source;
    std::unique_ptr<RequestStream> stream;
  };

  Result<Load> prepare(const Pace& pace, std::unique_ptr<RequestSource> source);
  Result<std::unique_ptr<RequestSource>> track_source(const Pace& pace);
  Result<std::unique_ptr<RequestSource>> web_source(const Pace& pace);
  Result<void> warm_up();
  Result<Before> look_before() const;
  Result<void> send(Load& load);
  Result<void> look_after(const Before& before);
  void check(const Before& before, const Books& after);
  Result<nanoseconds> server_cpu(const ServerCounters& counters) const;

  const Plan& plan_;
  const Target target_;
  const Clock& clock_;
  MessageIds ids_;
  MessageIds web_ids_;
  EventLoop loop_;
  const ServerState server_;
  Report report_;
};

Result<Report> Measurement::run() {
  HAPAX_ASSIGN(const auto pace, pace_of(plan_));
  HAPAX_TRY(warm_up());
  HAPAX_ASSIGN(auto source, plan_.web ? web_source(pace) : track_source(pace));
  HAPAX_ASSIGN(auto load, prepare(pace, std::move(source)));
  HAPAX_ASSIGN(const auto before, look_before());
  HAPAX_TRY(send(load));
  HAPAX_TRY(look_after(before));
  return std::move(report_);
}

Result<std::unique_ptr<RequestSource>> Measurement::track_source(const Pace& pace) {
  BatchSpec spec{.events = plan_.batch, .write_key = plan_.write_key};
  spec.users = plan_.users.value_or(spec.users);
  std::unique_ptr<RequestSource> source;
  if (plan_.gzip) {
    HAPAX_ASSIGN(source, GzipRequests::prepare(target_, spec, plan_.connections, pace.requests_max,
                                               ids_, clock_.now()));
  } else {
    source = std::make_unique<PlainRequests>(target_, spec, plan_.connections, ids_);
  }
  return source;
}

Result<std::unique_ptr<RequestSource>> Measurement::web_source(const Pace& pace) {
  WebWorld::Settings world{.seed = plan_.seed,
                           .events = pace.requests_max * plan_.batch,
                           .end = as_event_time(clock_.now())};
  world.visitors = plan_.users.value_or(world.visitors);
  return std::unique_ptr<RequestSource>(
      std::make_unique<WebRequests>(WebRequests::Settings{.target = target_,
                                                          .write_key = plan_.write_key,
                                                          .events = plan_.batch,
                                                          .connections = plan_.connections,
                                                          .gzip = plan_.gzip,
                                                          .world = world},
                                    web_ids_));
}

Result<Measurement::Load> Measurement::prepare(const Pace& pace,
                                               std::unique_ptr<RequestSource> source) {
  Load load{.source = std::move(source), .stream = {}};
  const RequestStream::Settings settings{.target = target_,
                                         .connections = plan_.connections,
                                         .events_per_request = plan_.batch,
                                         .pace = pace};
  HAPAX_ASSIGN(load.stream, RequestStream::open(settings, *load.source, loop_, clock_));
  return load;
}

Result<void> Measurement::warm_up() {
  if (plan_.warmup == 0) {
    return {};
  }
  const Pace pace{.interval = {}, .requests_max = requests_for(plan_.warmup, plan_.batch)};
  HAPAX_ASSIGN(auto source, track_source(pace));
  HAPAX_ASSIGN(auto load, prepare(pace, std::move(source)));
  return loop_.run(clock_, {load.stream.get()});
}

Result<Measurement::Before> Measurement::look_before() const {
  Before before;
  if (!plan_.floor) {
    HAPAX_ASSIGN(before.books, server_.wait_processed(clock_));
    HAPAX_ASSIGN(before.counters, server_.counters());
  }
  HAPAX_ASSIGN(before.server_cpu, server_cpu(before.counters));
  before.client_cpu = own_cpu_time();
  before.machine = machine_load();
  return before;
}

Result<void> Measurement::send(Load& load) {
  std::vector<Timed*> parts{load.stream.get()};
  std::unique_ptr<FreshnessProbe> probe;
  if (plan_.freshness) {
    HAPAX_ASSIGN(probe,
                 FreshnessProbe::open(
                     {.target = target_, .write_key = plan_.write_key, .read_key = plan_.read_key},
                     *load.stream, ids_, loop_, clock_));
    parts.push_back(probe.get());
  }
  HAPAX_TRY(loop_.run(clock_, parts));
  report_.client_cpu = own_cpu_time();
  report_.load = load.stream->tally();
  report_.repeats = load.source->repeats();
  if (probe) {
    report_.freshness = probe->result();
  }
  return {};
}

Result<void> Measurement::look_after(const Before& before) {
  Books books;
  ServerCounters counters;
  if (!plan_.floor) {
    HAPAX_ASSIGN(books, server_.wait_processed(clock_));
    HAPAX_ASSIGN(counters, server_.counters());
    report_.counters = growth(before.counters, counters);
  }
  report_.processed_after = clock_.monotonic() - report_.load.began;
  if (!plan_.floor || plan_.pid) {
    HAPAX_ASSIGN(const auto cpu, server_cpu(counters));
    report_.server_cpu = cpu - before.server_cpu;
  }
  report_.client_cpu -= before.client_cpu;
  const auto machine = machine_load();
  report_.load_average = machine.load_average;
  report_.steal = machine.steal_since(before.machine);
  check(before, books);
  return {};
}

Result<nanoseconds> Measurement::server_cpu(const ServerCounters& counters) const {
  if (plan_.pid) {
    return process_cpu_time(*plan_.pid);
  }
  return nanoseconds(std::llround(counters.cpu_seconds * 1e9));
}

void Measurement::check(const Before& before, const Books& after) {
  auto& problems = report_.problems;
  for (const auto& [status, count] : report_.load.errors) {
    problems.push_back(fmt::format("{} requests failed: {}", count, status));
  }
  if (report_.load.rejected > 0) {
    problems.push_back(fmt::format("{} events were rejected", report_.load.rejected));
  }
  if (report_.freshness && report_.freshness->unseen() > 0) {
    problems.push_back(fmt::format("{} of {} probes did not appear on the live stream",
                                   report_.freshness->unseen(), report_.freshness->sent));
  }
  if (plan_.floor) {
    return;
  }
  if (!after.balanced) {
    problems.push_back("the books do not balance: " + after.broken);
  }
  const auto grown = after.unique - before.books.unique;
  const auto expected = report_.acknowledged() - report_.repeats;
  if (grown != expected) {
    problems.push_back(fmt::format(
        "{} different events were acknowledged, but the source's unique events grew by {} "
        "(is another client sending with this write key, or is its source not \"{}\"?)",
        expected, grown, plan_.source.empty() ? plan_.write_key : plan_.source));
  }
}

}  // namespace

double Report::events_per_second() const {
  return took().count() == 0 ? 0 : static_cast<double>(load.acknowledged) / seconds(took());
}

std::uint64_t Report::acknowledged() const {
  return load.acknowledged + (freshness ? freshness->acknowledged : 0);
}

std::optional<double> Report::server_cpu_ns_per_event() const {
  if (!server_cpu || acknowledged() == 0) {
    return std::nullopt;
  }
  return static_cast<double>(server_cpu->count()) / static_cast<double>(acknowledged());
}

Result<Report> measure(const Plan& plan, const Clock& clock, Random& random) {
  HAPAX_ASSIGN(auto target, parse_target(plan.target));
  if (plan.floor && plan.freshness) {
    return invalid("--floor and --freshness exclude each other", "a floor has no views");
  }
  HAPAX_ASSIGN(auto loop, EventLoop::open());
  return Measurement(plan, std::move(target), clock, random, std::move(loop)).run();
}

}  // namespace hapax::bench
