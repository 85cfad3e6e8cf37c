// SPDX-License-Identifier: Apache-2.0
#include "bench_client/server_state.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>

namespace hapax::bench {
namespace {

using Json = nlohmann::json;

// Asking costs the server about a tenth of a millisecond, which counts as its work.
constexpr std::chrono::milliseconds kPollInterval{20};

/// The value of the metric `name` without labels; 0 when it is not there.
double metric(const std::string& page, const std::string& name) {
  const auto line = "\n" + name + " ";
  const auto at = page.find(line);
  return at == std::string::npos ? 0 : std::strtod(page.c_str() + at + line.size(), nullptr);
}

}  // namespace

Result<ServerState::Audit> ServerState::audit() const {
  HAPAX_ASSIGN(const auto body, http_get(target_, "/api/audit", read_key_));
  try {
    const auto json = Json::parse(body);
    Audit audit;
    audit.books.balanced = json.at("balanced").get<bool>();
    for (const auto& equation : json.at("equations")) {
      if (!equation.at("holds").get<bool>()) {
        audit.books.broken += equation.dump() + " ";
      }
    }
    audit.books.processed = true;
    for (const auto& partition : json.at("partitions")) {
      audit.processed += partition.at("processed").get<std::int64_t>();
      audit.books.processed =
          audit.books.processed && partition.at("processed") == partition.at("end");
    }
    for (const auto& source : json.at("sources")) {
      if (source.at("source") == source_) {
        audit.books.unique = source.at("unique").get<std::uint64_t>();
      }
    }
    return audit;
  } catch (const Json::exception& error) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = "cannot read the answer of /api/audit: " + std::string(error.what()),
                 .hint = "check that --target is a Hapax server of this version"};
  }
}

Result<Books> ServerState::books() const {
  HAPAX_ASSIGN(auto audit, this->audit());
  return std::move(audit.books);
}

Result<ServerCounters> ServerState::counters() const {
  HAPAX_ASSIGN(const auto page, http_get(target_, "/metrics", read_key_));
  return ServerCounters{.cpu_seconds = metric(page, "process_cpu_seconds_total"),
                        .checkpoints = metric(page, "processor_checkpoints_total"),
                        .syncs = metric(page, "log_syncs_total"),
                        .sync_seconds = metric(page, "log_sync_seconds_total"),
                        .synced_bytes = metric(page, "log_appended_bytes_total")};
}

Result<Books> ServerState::wait_processed(const Clock& clock) const {
  auto moved = clock.monotonic();
  std::int64_t processed = -1;
  while (true) {
    HAPAX_ASSIGN(auto audit, this->audit());
    if (audit.books.processed) {
      return std::move(audit.books);
    }
    if (audit.processed != processed) {
      processed = audit.processed;
      moved = clock.monotonic();
    }
    if (clock.monotonic() - moved > kStandstillMax) {
      return Error{.kind = ErrorKind::kUnavailable,
                   .message = "the server has stopped processing what its log holds",
                   .hint = "see its log, and processor_failed in /metrics"};
    }
    std::this_thread::sleep_for(kPollInterval);
  }
}

}  // namespace hapax::bench
