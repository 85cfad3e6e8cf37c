// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "collector/collector.hpp"
#include "record/event_wire.hpp"
#include "testing/null_log.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

/// A log that does what the test says: what append() returns, and when `done` runs with what.
class AnsweringLog final : public NullLog {
 public:
  explicit AnsweringLog(std::uint32_t partitions = 4) : NullLog(partitions), ends_(partitions) {}

  std::optional<Error> refuse_at_once;  ///< append() returns it.
  std::optional<Error> fail_later;      ///< `done` gets it; nothing is kept.
  bool hold = false;                    ///< `done` waits for finish().

  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override {
    if (refuse_at_once) {
      return *refuse_at_once;
    }
    waiting_.emplace_back(std::move(parts), std::move(done));
    if (!hold) {
      finish();
    }
    return {};
  }

  void finish() {
    for (auto& [parts, done] : std::exchange(waiting_, {})) {
      if (fail_later) {
        done(*fail_later);
      } else {
        done(keep(std::move(parts)));
      }
    }
  }

  const std::vector<PartitionRecords>& kept() const { return kept_; }
  Receipt end() const {
    Receipt receipt{.log = kId};
    for (std::uint32_t i = 0; i < ends_.size(); ++i) {
      receipt.ends.push_back({.partition = PartitionId(i), .end = Offset(ends_[i])});
    }
    return receipt;
  }

 private:
  Receipt keep(std::vector<PartitionRecords> parts) {
    Receipt receipt{.log = kId};
    for (PartitionRecords& part : parts) {
      std::uint64_t& end = ends_[part.partition.value()];
      end += part.record_count;
      receipt.ends.push_back({.partition = part.partition, .end = Offset(end)});
      kept_.push_back(std::move(part));
    }
    return receipt;
  }

  std::vector<std::uint64_t> ends_;
  std::vector<std::pair<std::vector<PartitionRecords>, AppendDone>> waiting_;
  std::vector<PartitionRecords> kept_;
};

class FixedClock final : public Clock {
 public:
  ProcessingTime now() const override { return time; }
  std::chrono::nanoseconds monotonic() const override { return {}; }

  ProcessingTime time = processing_time_from_micros(1'795'473'637'000'000);  // 2026-11-23T22:40:37Z
};

/// Requests refused with `code`, of all sources.
inline std::uint64_t refused_of(const CollectorStats& stats, std::string_view code) {
  std::uint64_t requests = 0;
  for (const auto& [key, refused] : stats.refused) {
    requests += key.second == code ? refused.requests : 0;
  }
  return requests;
}

/// A collector with its surroundings, and verbs to post to it and to look at what it stored.
class CollectorHarness : public ::testing::Test {
 protected:
  IngestResponse post(IngestRequest request) {
    int answers = 0;
    IngestResponse answer;
    collector().ingest(std::move(request), [&](IngestResponse response) {
      ++answers;
      answer = std::move(response);
    });
    EXPECT_EQ(answers, 1);
    return answer;
  }

  IngestResponse post(std::string path, std::string body) {
    return post(IngestRequest{.path = std::move(path),
                              .authorization = {},
                              .content_encoding = {},
                              .query_write_key = {},
                              .body = std::move(body)});
  }

  Collector& collector() {
    if (!collector_) {
      collector_.emplace(settings, log, arrivals, random, *names);
    }
    return *collector_;
  }

  /// Forgets what was stored and counted.
  void start_anew() {
    collector_.reset();
    log = AnsweringLog();
  }

  /// Everything stored, by append and partition; the views live as long as the log's parts.
  std::vector<EventView> stored() const {
    std::vector<EventView> events;
    for (const PartitionRecords& part : log.kept()) {
      std::string_view rest = part.records;
      while (!rest.empty()) {
        const auto record = take_framed(rest);
        const auto event = record ? decode_event(*record) : Result<EventView>(record.error());
        if (!event) {
          ADD_FAILURE() << event.error().text();
          return events;
        }
        events.push_back(*event);
      }
    }
    return events;
  }

  EventView only() const {
    const auto events = stored();
    EXPECT_EQ(events.size(), 1);
    return events.empty() ? EventView{} : events.front();
  }

  std::uint64_t refused(std::string_view code) { return refused_of(collector().stats(), code); }

  void expect_balanced_books() {
    const CollectorStats stats = collector().stats();
    EXPECT_EQ(stats.events_received,
              stats.events_accepted + stats.events_rejected + stats.events_unavailable);
    EXPECT_EQ(stored().size(), stats.events_accepted + stats.events_rejected);
  }

  CollectorSettings settings;
  AnsweringLog log;
  FixedClock clock;
  ArrivalClock arrivals{clock};
  SeededRandom random{1};
  AnyName any_name;
  NameLimit* names = &any_name;  ///< Of collectors to come.

 private:
  std::optional<Collector> collector_;
};

inline nlohmann::json json_of(const IngestResponse& response) {
  return nlohmann::json::parse(response.body);
}

}  // namespace hapax
