// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ports/state_store.hpp"

namespace hapax {

/// A StateStore in memory that can be told to fail. Copy it to keep what a crash would leave.
/// Threading: one caller at a time, but that finds may run beside each other.
class MemoryStateStore : public StateStore {
 public:
  using Table = std::map<std::string, std::string, std::less<>>;

  /// Every write fails with `error` until called with nullopt. Nothing of a failed write is kept.
  void fail_writes(std::optional<Error> error) { write_error_ = std::move(error); }
  /// The same, but all of it is kept: nobody is told that it is durable.
  void lose_answers(std::optional<Error> error) { answer_error_ = std::move(error); }
  /// The same for keep_base().
  void fail_bases(std::optional<Error> error) { base_error_ = std::move(error); }
  /// The base stays, the state becomes that of `other`: a folder of another copy.
  void replace_state(const MemoryStateStore& other) { content_ = other.content_; }
  /// As fail_writes() for reads of tables whose name begins with `prefix`; with "", all of them and
  /// snapshot().
  void fail_reads(const std::string& prefix, std::optional<Error> error);

  Result<void> write(const StateWrite& write) override;
  Result<void> reset() override;
  Result<std::optional<std::string>> manifest() override { return content_.manifest; }
  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override;
  Result<void> scan(std::string_view table, std::string_view from, std::string_view to,
                    const Visit& visit) override;
  /// Reads fail as those of the store do. Must not outlive the store.
  Result<std::shared_ptr<const StateSnapshot>> snapshot() override;
  /// As a store that was opened anew: snapshots that were taken before read nothing any more.
  void close_snapshots() { ++opened_; }
  Result<void> keep_base() override;
  Result<std::optional<std::string>> base_manifest() override;
  StateStoreStats stats() const override { return {}; }

  /// All of them; tables that hold nothing may be missing.
  const std::map<std::string, Table, std::less<>>& tables() const { return content_.tables; }
  /// The one of that name, empty if it is not there.
  Table table(std::string_view name) const;

 protected:
  /// Before each read of a snapshot, by "find", "seek" or "next".
  virtual void before_snapshot_read(std::string_view /*call*/) const {}

 private:
  struct Content {
    std::optional<std::string> manifest;
    std::map<std::string, Table, std::less<>> tables;
  };
  class Snapshot;
  class Reader;
  class Cursor;

  Result<void> check_reads(std::string_view table) const;

  Content content_;
  std::optional<Content> base_;
  int opened_ = 0;
  std::optional<Error> write_error_;
  std::optional<Error> answer_error_;
  std::optional<Error> base_error_;
  std::map<std::string, Error> read_errors_;  // By prefix.
};

}  // namespace hapax
