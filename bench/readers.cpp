// SPDX-License-Identifier: Apache-2.0
// Clients that read without pause: connections that send a GET again as soon as it is answered.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "adapters/posix/system_clock.hpp"
#include "bench_client/event_loop.hpp"
#include "bench_client/request_source.hpp"
#include "bench_client/request_stream.hpp"

namespace hapax::bench {
namespace {

/// The paths in turn.
class Gets : public RequestSource {
 public:
  Gets(const Target& target, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      heads_.push_back(
          fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, target.authority()));
    }
  }
  RequestBytes next(std::size_t /*connection*/, ProcessingTime /*now*/) override {
    return {.head = heads_[count_++ % heads_.size()], .body = {}};
  }

 private:
  std::vector<std::string> heads_;
  std::size_t count_ = 0;
};

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Result<Tally> read(const std::string& url, const std::vector<std::string>& paths,
                   std::size_t connections, std::chrono::seconds time) {
  HAPAX_ASSIGN(const Target target, parse_target(url));
  HAPAX_ASSIGN(EventLoop loop, EventLoop::open());
  const SystemClock clock;
  Gets gets(target, paths);
  HAPAX_ASSIGN(
      const auto stream,
      RequestStream::open({.target = target,
                           .connections = connections,
                           .events_per_request = 1,
                           .pace = {.interval = {}, .requests_max = UINT64_MAX, .time_max = time}},
                          gets, loop, clock));
  HAPAX_TRY(loop.run(clock, {stream.get()}));
  return stream->tally();
}

int run(int argc, char** argv) {
  CLI::App app("Reads without pause, and says how long answers took.");
  std::string url;
  std::vector<std::string> paths;
  std::size_t connections = 50;
  std::int64_t seconds = 10;
  app.add_option("--url", url)->required();
  app.add_option("--path", paths, "What is asked for, in turn.")->required();
  app.add_option("--connections", connections);
  app.add_option("--seconds", seconds);
  CLI11_PARSE(app, argc, argv);
  const Result<Tally> tally = read(url, paths, connections, std::chrono::seconds(seconds));
  if (!tally) {
    fmt::print(stderr, "{}\n", tally.error().text());
    return 1;
  }
  fmt::print("{}\n", nlohmann::json({{"requests", tally->requests},
                                     {"errors", tally->errors},
                                     {"p50_ms", milliseconds(tally->latency.quantile(0.5))},
                                     {"p99_ms", milliseconds(tally->latency.quantile(0.99))},
                                     {"max_ms", milliseconds(tally->latency.max())}})
                         .dump());
  return 0;
}

}  // namespace
}  // namespace hapax::bench

int main(int argc, char** argv) {
  try {
    return hapax::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "readers: %s\n", error.what());
    return 1;
  }
}
