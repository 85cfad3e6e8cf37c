// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ports/view_store.hpp"

namespace hapax {

/// What is published in these tests: of each version every row has the version as its value, so
/// that a reader can tell whether what it sees is whole.
inline constexpr std::size_t kRowsOfAVersion = 300;

inline PartitionUpdate whole_version(std::uint64_t version, std::uint64_t since,
                                     std::size_t rows = kRowsOfAVersion) {
  PartitionUpdate update{.version = version,
                         .since = since,
                         .change = {.manifest = std::to_string(version), .tables = {}}};
  StateWrite::Table& table = update.change.tables.emplace_back();
  table.name = "t";
  for (std::size_t i = 0; i < rows; ++i) {
    table.changes.put(std::to_string(1'000'000 + i), std::to_string(version));
  }
  return update;
}

/// The owner of a partition, which publishes one version after the other, and repeats what failed.
class PolledPublisher {
 public:
  PolledPublisher(std::unique_ptr<PolledViewStore> store, PartitionId partition)
      : store_(std::move(store)), partition_(partition) {}

  /// Publishes what is next, if nothing is under way, and polls once.
  void step() {
    if (!is_under_way_) {
      is_under_way_ = true;
      store_->publish(partition_, whole_version(published_ + 1, published_),
                      [this](const Result<void>& done) { take(done); });
    }
    store_->poll(std::chrono::milliseconds(5));
  }
  bool step_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done() && std::chrono::steady_clock::now() < end) {
      step();
    }
    return done();
  }
  bool reach(std::uint64_t version) {
    return step_until([this, version] { return published_ >= version; });
  }
  bool fail_once() {
    return step_until([this, before = failures_] { return failures_ > before; });
  }

  std::uint64_t published() const { return published_; }
  std::size_t failures() const { return failures_; }
  const std::optional<Error>& last_error() const { return last_error_; }

 private:
  void take(const Result<void>& done) {
    is_under_way_ = false;
    if (done) {
      ++published_;
      return;
    }
    EXPECT_EQ(done.error().kind, ErrorKind::kUnavailable) << done.error().text();
    ++failures_;
    last_error_ = done.error();
  }

  const std::unique_ptr<PolledViewStore> store_;
  const PartitionId partition_;
  bool is_under_way_ = false;
  std::uint64_t published_ = 0;
  std::size_t failures_ = 0;
  std::optional<Error> last_error_;
};

/// One call, and its answer.
inline Result<void> publish(PolledViewStore& store, PartitionId partition, PartitionUpdate update) {
  std::optional<Result<void>> answer;
  store.publish(partition, std::move(update), [&](const Result<void>& done) { answer = done; });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (!answer && std::chrono::steady_clock::now() < end) {
    store.poll(std::chrono::milliseconds(20));
  }
  return answer.value_or(Error{ErrorKind::kTimedOut, "there was no answer"});
}

}  // namespace hapax
