// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arrival/arrival_clock.hpp"
#include "collector/event_time_counts.hpp"
#include "hash/id_hasher.hpp"
#include "ports/log_appender.hpp"
#include "ports/name_limit.hpp"
#include "ports/random.hpp"
#include "record/event.hpp"

namespace hapax {

/// One POST to a Segment route, headers already picked apart. All strings as they were on the wire.
struct IngestRequest {
  std::string path;                   ///< Without the query: "/v1/track", "//v1/batch/".
  std::string authorization;          ///< The header's value; empty when absent.
  std::string header_write_key = {};  ///< The value of X-Write-Key; empty when absent.
  std::string content_encoding;       ///< The header's value; empty when absent.
  std::string query_write_key;        ///< ?writeKey=, percent-decoded; empty when absent.
  bool is_retry = false;              ///< A header says that it was sent before.
  std::string body;
};

struct IngestResponse {
  int status = 200;
  std::string body;                                 ///< JSON object.
  std::optional<std::chrono::seconds> retry_after;  ///< With 429 and 503.
};

struct CollectorSettings {
  std::size_t body_bytes_limit = 4U << 20U;           ///< As sent.
  std::size_t decoded_body_bytes_limit = 16U << 20U;  ///< After decompression.
  std::size_t event_bytes_limit = 1U << 20U;          ///< One event's JSON and the batch's context.
  std::size_t append_bytes_limit = 32U << 20U;  ///< All records of a request; what the log takes.
  /// Of an event that is rejected so much is kept of what was sent: its dead letter is a record,
  /// too.
  std::size_t original_bytes_limit = 32U << 20U;
  std::size_t batch_events_limit = 10'000;
  std::size_t json_depth_limit = 64;
  std::chrono::microseconds clock_ahead_limit = std::chrono::minutes(10);
  /// Write key -> source name. Empty: no keys are configured and the key names the source itself.
  std::map<std::string, std::string, std::less<>> write_keys;
  std::size_t sources_limit = 1000;  ///< Without write keys: the sources that are taken.
  HashKey id_key;                    ///< Of the digests.
  PartitionBy partition_by = PartitionBy::kDevice;
};

/// Requests of which nothing was stored.
struct RefusedRequests {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  ///< Of their bodies, as sent.
};

struct CollectorStats {
  std::uint64_t requests = 0;
  std::uint64_t events_received = 0;     ///< Events in requests that could be taken apart.
  std::uint64_t events_accepted = 0;     ///< Of those, durable and acknowledged.
  std::uint64_t events_rejected = 0;     ///< Of those, durable as dead letters.
  std::uint64_t events_unavailable = 0;  ///< Of those, not taken by the log.
  std::uint64_t numberings_ignored = 0;  ///< Of requests: what was sent cannot be used.
  /// By source and error code. The source is empty where it is not known: no key, a wrong one, or
  /// without write keys one of which no event came yet; so there are no more than may send.
  std::map<std::pair<std::string, std::string>, RefusedRequests> refused;
  std::map<std::string, std::uint64_t> rejections;  ///< By rejection code.
  std::vector<EventTimeCount> event_times;          ///< Of those accepted.
};

/// Segment's HTTP tracking API: request in, durable events, answer out (protocol:
/// docs/http-api.md). Every event of a request becomes one record, an event or a dead letter; all
/// of a request's records are one append, and the answer is given when it is durable (C1, C10).
/// Threading: all calls may run at the same time. Lifetime: log, arrivals, random and names must
/// outlive it.
class Collector {
 public:
  using Respond = std::function<void(IngestResponse)>;

  Collector(CollectorSettings settings, LogAppender& log, ArrivalClock& arrivals, Random& random,
            NameLimit& names);
  ~Collector();

  /// True for the paths that ingest() serves, in any spelling (slash at the end, doubled slash).
  static bool serves(std::string_view path);

  /// Calls `respond` exactly once: at once when the request is refused, on the log's thread when it
  /// was appended.
  void ingest(IngestRequest request, Respond respond);

  CollectorStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
