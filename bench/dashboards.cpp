// SPDX-License-Identifier: Apache-2.0
// Open dashboards: connections of several live queries each, whose clients only read.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/posix/system_clock.hpp"
#include "bench_client/event_loop.hpp"

namespace hapax::bench {
namespace {

using std::chrono::nanoseconds;

/// One of them. Counts the bytes that come, and, if it `counts_frames`, what is in them.
class Dashboard : public Watcher {
 public:
  Dashboard(Socket socket, bool counts_frames)
      : socket_(std::move(socket)), counts_frames_(counts_frames) {}

  int descriptor() const { return socket_.descriptor(); }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t frames() const { return frames_; }
  /// Counts from here on.
  void begin() { bytes_ = frames_ = 0; }

  Result<void> on_ready() override {
    static std::array<char, 1U << 20U> piece;  // NOLINT: filled by recv.
    while (true) {
      const auto count = ::recv(socket_.descriptor(), piece.data(), piece.size(), 0);
      if (count < 0 && errno == EAGAIN) {
        return {};
      }
      if (count <= 0) {
        return Error{ErrorKind::kUnavailable, "a live connection ended"};
      }
      take({piece.data(), static_cast<std::size_t>(count)});
    }
  }

 private:
  void take(std::string_view piece) {
    bytes_ += piece.size();
    if (!counts_frames_) {
      return;
    }
    for (auto at = piece.find("\ndata: "); at != piece.npos; at = piece.find("\ndata: ", at + 1)) {
      ++frames_;
    }
  }

  Socket socket_;
  const bool counts_frames_;
  std::uint64_t bytes_ = 0;
  std::uint64_t frames_ = 0;
};

/// Begins to count when the first frames are over, and ends after `time`.
class Watch : public Timed {
 public:
  Watch(std::vector<std::unique_ptr<Dashboard>>& dashboards, nanoseconds now, nanoseconds time)
      : dashboards_(dashboards), begin_(now + std::chrono::seconds(1)), end_(begin_ + time) {}

  Result<nanoseconds> advance(nanoseconds now) override {
    if (!begun_ && now >= begin_) {
      begun_ = true;
      for (const auto& dashboard : dashboards_) {
        dashboard->begin();
      }
    }
    over_ = now >= end_;
    return begun_ ? end_ : begin_;
  }
  bool finished() const override { return over_; }

 private:
  std::vector<std::unique_ptr<Dashboard>>& dashboards_;
  const nanoseconds begin_;
  const nanoseconds end_;
  bool begun_ = false;
  bool over_ = false;
};

Result<Socket> follow(const Target& target, const std::string& body) {
  HAPAX_ASSIGN(Socket socket, connect_to(target));
  const auto request =
      fmt::format("POST /api/live HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{}",
                  target.authority(), body.size(), body);
  if (::send(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return Error{ErrorKind::kUnavailable, "the live connection cannot be asked for"};
  }
  ::fcntl(socket.descriptor(), F_SETFL, O_NONBLOCK);
  return socket;
}

Result<nlohmann::json> watch(const std::string& url, const std::string& body,
                             std::size_t connections, std::chrono::seconds time) {
  HAPAX_ASSIGN(const Target target, parse_target(url));
  HAPAX_ASSIGN(EventLoop loop, EventLoop::open());
  const SystemClock clock;
  std::vector<std::unique_ptr<Dashboard>> dashboards;
  for (std::size_t i = 0; i < connections; ++i) {
    HAPAX_ASSIGN(Socket socket, follow(target, body));
    dashboards.push_back(std::make_unique<Dashboard>(std::move(socket), i == 0));
    HAPAX_TRY(loop.watch(dashboards.back()->descriptor(), *dashboards.back()));
  }
  Watch over(dashboards, clock.monotonic(), time);
  HAPAX_TRY(loop.run(clock, {&over}));
  std::uint64_t bytes = 0;
  std::uint64_t bytes_min = UINT64_MAX;
  for (const auto& dashboard : dashboards) {
    bytes += dashboard->bytes();
    bytes_min = std::min(bytes_min, dashboard->bytes());
  }
  return nlohmann::json({{"bytes", bytes},
                         {"bytes_min", bytes_min},
                         {"frames_of_the_first", dashboards.front()->frames()}});
}

int run(int argc, char** argv) {
  CLI::App app("Reads live connections, and says what came.");
  std::string url;
  std::string body;
  std::size_t connections = 200;
  std::int64_t seconds = 10;
  app.add_option("--url", url)->required();
  app.add_option("--body", body, "What each asks for: the body of POST /api/live.")->required();
  app.add_option("--connections", connections);
  app.add_option("--seconds", seconds);
  CLI11_PARSE(app, argc, argv);
  const auto came = watch(url, body, connections, std::chrono::seconds(seconds));
  if (!came) {
    fmt::print(stderr, "{}\n", came.error().text());
    return 1;
  }
  fmt::print("{}\n", came->dump());
  return 0;
}

}  // namespace
}  // namespace hapax::bench

int main(int argc, char** argv) {
  try {
    return hapax::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dashboards: %s\n", error.what());
    return 1;
  }
}
