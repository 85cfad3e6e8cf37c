// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/state_store.hpp"

namespace hapax {

/// Values of a table whose name begins so are JSON texts, for people who ask the store itself.
inline constexpr std::string_view kSqlTablePrefix = "sql.";

/// What the owner of a partition tells readers at once: a change of the tables of its partition.
struct PartitionUpdate {
  std::uint64_t version = 0;  ///< Of the state that readers find behind it; 1 or more.
  /// It has all that has changed since this version; 0: all that there is, in place of all that
  /// was.
  std::uint64_t since = 0;
  StateWrite change;  ///< The manifest says what the tables stand for.
};

/// Where readers find what partitions have counted, such as tables of PostgreSQL; as their owners
/// see it. After kUnavailable and kExhausted it is not known what became of a call: it may have
/// been done, or be done later. Repeating it is the caller's.
/// Callbacks run on the owner's thread, never inside a call of this or another port, at most once,
/// and not once this is destroyed. Threading: one owner.
class ViewStore {
 public:
  using Done = std::function<void(Result<void>)>;
  using Found = std::function<void(Result<std::uint64_t>)>;

  virtual ~ViewStore() = default;

  /// Brings what readers find of `partition` to the update's version, all of it or nothing. Does
  /// nothing where it stands at that version or a greater one: so whatever comes late, from an
  /// owner that is no more, changes nothing. Errors through `done` also: kInvalid, it stands below
  /// `since`, or what is there is of another cluster or format.
  virtual void publish(PartitionId partition, PartitionUpdate update, Done done) = 0;
  /// At which version `partition` stands; 0: nothing was published.
  virtual void version(PartitionId partition, Found found) = 0;
};

/// One whose callbacks run in poll().
class PolledViewStore : public ViewStore {
 public:
  /// Runs the callbacks that are due; if there are none, waits up to `wait_max` for one.
  virtual void poll(std::chrono::milliseconds wait_max) = 0;
};

/// How far a partition is, for readers.
struct PublishedPartition {
  std::uint64_t version = 0;  ///< 0: nothing was published.
  std::string manifest = {};  ///< Of that version.
};

/// The tables of all partitions at one moment. A cursor goes over the keys of a table in all
/// partitions, by key, of equal ones by partition (StateCursor::part()). Threading: one owner.
class PartitionsReader : public SnapshotReader {
 public:
  /// At which versions the partitions are, by partition up to the last one that has published; 0:
  /// nothing was published. Errors: kUnavailable.
  virtual Result<std::vector<std::uint64_t>> versions() = 0;
  /// Of that version of `partition`; empty when nothing was published. Errors: kUnavailable.
  virtual Result<std::string> manifest(PartitionId partition) = 0;
};

/// As StateSnapshot, of all partitions. Each read() is of a moment of its own.
/// Threading: all calls may run at the same time.
class PartitionsSnapshot {
 public:
  using Read = std::function<Result<void>(PartitionsReader&)>;

  virtual ~PartitionsSnapshot() = default;

  virtual Result<void> read(const Read& read) const = 0;
  virtual bool is_open() const = 0;
};

/// What partitions have published, for queries. Calls wait for the store.
/// Threading: all calls may run at the same time.
class ViewStoreReader {
 public:
  virtual ~ViewStoreReader() = default;

  /// By partition up to the last one that has published, all at one moment. Errors: kUnavailable;
  /// kInvalid, as ViewStore::publish().
  virtual Result<std::vector<PublishedPartition>> published() = 0;

  /// What is read of it is of each partition at the version that published() said before this call,
  /// or a greater one.
  virtual std::shared_ptr<const PartitionsSnapshot> snapshot() = 0;
};

}  // namespace hapax
