// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bench_client/event_loop.hpp"
#include "bench_client/request_stream.hpp"

namespace hapax::bench {

struct Freshness {
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  LatencyHistogram latency;  ///< From the intended sending to the row on the live stream.

  std::uint64_t unseen() const { return sent - latency.count(); }
};

/// Measures how long an event takes to a live view: sends single events of a name of their own
/// beside the load, one every kInterval, and counts them on a stream of their name of
/// /api/views/events_per_minute/live, whose frames are less than kInterval apart: each
/// probe is the first change after a silence. Threading: that of the loop.
class FreshnessProbe : public Timed, private Watcher {
 public:
  static constexpr std::chrono::milliseconds kInterval{210};
  /// So that one slow answer does not hold up the next probes.
  static constexpr std::size_t kConnections = 4;
  /// How long after the load a probe may still appear.
  static constexpr std::chrono::seconds kSeenWaitMax{10};

  struct Settings {
    Target target;
    std::string write_key;
    std::string read_key;
  };

  /// Opens the stream and waits for its first piece. Probes are sent until `load` is finished.
  /// All references must outlive it. Errors: kUnavailable.
  static Result<std::unique_ptr<FreshnessProbe>> open(const Settings& settings,
                                                      const RequestStream& load, MessageIds& ids,
                                                      EventLoop& loop, const Clock& clock);
  ~FreshnessProbe() override;

  Result<std::chrono::nanoseconds> advance(std::chrono::nanoseconds now) override;
  bool finished() const override { return finished_; }

  Freshness result() const;

 private:
  class Requests;

  FreshnessProbe(const Settings& settings, const RequestStream& load, MessageIds& ids,
                 const Clock& clock);

  Result<void> start_stream();
  Result<void> on_ready() override;
  void read_frames();
  void read_rows(std::string_view rows);

  const Settings settings_;
  const RequestStream& load_;
  const Clock& clock_;
  const std::unique_ptr<Requests> requests_;
  std::unique_ptr<RequestStream> probes_;
  Socket stream_;
  std::string unread_;                           // Of the stream, from the start of a line.
  std::map<std::string, std::uint64_t> counts_;  // Of probes, by the start of their minute.
  std::uint64_t seen_ = 0;                       // All of them.
  LatencyHistogram latency_;
  std::chrono::nanoseconds load_finished_{};
  bool finished_ = false;
};

}  // namespace hapax::bench
