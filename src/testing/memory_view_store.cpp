// SPDX-License-Identifier: Apache-2.0
#include "testing/memory_view_store.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace hapax {
namespace {

using Partition = PublishedTables::Partition;
using Table = PublishedTables::Table;

void change(Table& table, const StateWrite::Table& write) {
  if (write.dropped) {
    table.clear();
  }
  for (const StateWrite::Range& range : write.erased) {
    if (range.from < range.to) {
      table.erase(table.lower_bound(range.from), table.lower_bound(range.to));
    }
  }
  write.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
    if (value) {
      table.insert_or_assign(std::string(key), std::string(*value));
    } else if (const auto found = table.find(key); found != table.end()) {
      table.erase(found);
    }
    return true;
  });
}

/// Moments that others hold keep their tables: those that change are copied.
void change(Partition& partition, const PartitionUpdate& update) {
  if (update.since == 0) {
    partition.tables.clear();
  }
  for (const StateWrite::Table& write : update.change.tables) {
    std::shared_ptr<const Table>& table = partition.tables[write.name];
    auto changed = table ? std::make_shared<Table>(*table) : std::make_shared<Table>();
    change(*changed, write);
    table = std::move(changed);
  }
  partition.published = {.version = update.version, .manifest = update.change.manifest};
}

const Table& table_of(const Partition& partition, std::string_view name) {
  static const Table empty;
  const auto found = partition.tables.find(name);
  return found == partition.tables.end() ? empty : *found->second;
}

/// Over one table of all partitions.
class Cursor : public StateCursor {
 public:
  Cursor(const std::vector<Partition>& partitions, std::string_view table, std::string to)
      : to_(std::move(to)) {
    for (const Partition& partition : partitions) {
      ways_.push_back({&table_of(partition, table), {}});
    }
    part_ = ways_.size();
  }

  void seek(std::string_view key) override {
    for (Way& way : ways_) {
      way.at = way.table->lower_bound(key);
    }
    choose();
  }
  void next() override {
    ++ways_[part_].at;
    choose();
  }
  bool valid() const override { return part_ < ways_.size(); }
  std::string_view key() const override { return ways_[part_].at->first; }
  std::string_view value() const override { return ways_[part_].at->second; }
  std::uint32_t part() const override { return static_cast<std::uint32_t>(part_); }
  Result<void> status() const override { return {}; }

 private:
  struct Way {
    const Table* table;
    Table::const_iterator at;
  };

  void choose() {
    part_ = ways_.size();
    for (std::size_t part = 0; part < ways_.size(); ++part) {
      const Way& way = ways_[part];
      if (way.at != way.table->end() && way.at->first < to_ &&
          (!valid() || way.at->first < ways_[part_].at->first)) {
        part_ = part;
      }
    }
  }

  const std::string to_;
  std::vector<Way> ways_;  // By partition.
  std::size_t part_;       // Whose pair is the next; behind the last one: none's.
};

class Reader : public PartitionsReader {
 public:
  explicit Reader(const std::vector<Partition>& partitions) : partitions_(partitions) {}

  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    for (std::uint32_t part = 0; part < partitions_.size(); ++part) {
      HAPAX_ASSIGN(auto found, find_in(part, table, key));
      if (found) {
        return found;
      }
    }
    return std::optional<std::string>();
  }
  Result<std::optional<std::string>> find_in(std::uint32_t part, std::string_view table,
                                             std::string_view key) override {
    if (part >= partitions_.size()) {
      return std::optional<std::string>();
    }
    const Table& pairs = table_of(partitions_[part], table);
    const auto pair = pairs.find(key);
    return pair == pairs.end() ? std::optional<std::string>() : std::optional(pair->second);
  }
  std::unique_ptr<StateCursor> cursor(std::string_view table, std::string to) override {
    return std::make_unique<Cursor>(partitions_, table, std::move(to));
  }
  Result<std::vector<std::uint64_t>> versions() override {
    std::vector<std::uint64_t> versions;
    versions.reserve(partitions_.size());
    for (const Partition& partition : partitions_) {
      versions.push_back(partition.published.version);
    }
    return versions;
  }
  Result<std::string> manifest(PartitionId partition) override {
    return partition.value() < partitions_.size()
               ? partitions_[partition.value()].published.manifest
               : std::string();
  }

 private:
  const std::vector<Partition>& partitions_;
};

class Snapshot : public PartitionsSnapshot {
 public:
  explicit Snapshot(std::weak_ptr<const PublishedTables* const> tables)
      : tables_(std::move(tables)) {}

  Result<void> read(const Read& read) const override {
    const auto tables = tables_.lock();
    if (!tables) {
      return Error{ErrorKind::kUnavailable, "the view store is closed"};
    }
    HAPAX_TRY((*tables)->check());
    const PublishedTables::Moment moment = (*tables)->now();
    Reader reader(*moment);
    return read(reader);
  }
  bool is_open() const override { return !tables_.expired(); }

 private:
  const std::weak_ptr<const PublishedTables* const> tables_;
};

}  // namespace

Result<void> PublishedTables::publish(PartitionId partition, const PartitionUpdate& update) {
  const MutexLock lock(mutex_);
  if (error_) {
    return *error_;
  }
  auto changed = std::make_shared<std::vector<Partition>>(*now_);
  if (changed->size() <= partition.value()) {
    changed->resize(partition.value() + 1);
  }
  Partition& at = (*changed)[partition.value()];
  if (at.published.version >= update.version) {
    return {};
  }
  if (at.published.version < update.since) {
    return Error{ErrorKind::kInvalid,
                 "partition " + std::to_string(partition.value()) + " stands at version " +
                     std::to_string(at.published.version) + ", the update is since " +
                     std::to_string(update.since),
                 "publish all of it"};
  }
  change(at, update);
  now_ = std::move(changed);
  return {};
}

PublishedTables::Moment PublishedTables::now() const {
  const MutexLock lock(mutex_);
  return now_;
}

void PublishedTables::lose() {
  const MutexLock lock(mutex_);
  now_ = std::make_shared<std::vector<Partition>>();
}

void PublishedTables::fail(std::optional<Error> error) {
  const MutexLock lock(mutex_);
  error_ = std::move(error);
}

Result<void> PublishedTables::check() const {
  const MutexLock lock(mutex_);
  return error_ ? Result<void>(*error_) : Result<void>();
}

template <typename T>
void MemoryViewStore::keep(std::function<Result<T>()> act, std::function<void(Result<T>)> done) {
  calls_.push_back([act = std::move(act), done = std::move(done)](Fate fate) {
    Result<T> answer = Error{ErrorKind::kUnavailable, "no answer in time"};
    if (fate != Fate::kLost) {
      Result<T> real = act();
      if (fate == Fate::kAnswered) {
        answer = std::move(real);
      }
    }
    if (fate != Fate::kDoneLate) {
      done(std::move(answer));
    }
  });
}

MemoryViewStore::Call MemoryViewStore::take() {
  Call call = std::move(calls_.front());
  calls_.pop_front();
  return call;
}

void MemoryViewStore::publish(PartitionId partition, PartitionUpdate update, Done done) {
  const auto kept = std::make_shared<const PartitionUpdate>(std::move(update));
  keep<void>([this, partition, kept] { return tables_.publish(partition, *kept); },
             std::move(done));
}

void MemoryViewStore::version(PartitionId partition, Found found) {
  keep<std::uint64_t>(
      [this, partition]() -> Result<std::uint64_t> {
        HAPAX_TRY(tables_.check());
        const PublishedTables::Moment now = tables_.now();
        return partition.value() < now->size() ? (*now)[partition.value()].published.version : 0;
      },
      std::move(found));
}

void MemoryViewStore::poll(std::chrono::milliseconds /*wait_max*/) {
  for (std::size_t left = held_ ? 0 : calls_.size(); left > 0; --left) {
    answer();
  }
}

std::function<void()> MemoryViewStore::delay() {
  Call call = take();
  call(Fate::kLost);
  return [call = std::move(call)] { call(Fate::kDoneLate); };
}

Result<std::vector<PublishedPartition>> MemoryViewReader::published() {
  HAPAX_TRY((*tables_)->check());
  std::vector<PublishedPartition> published;
  const PublishedTables::Moment now = (*tables_)->now();
  for (const Partition& partition : *now) {
    published.push_back(partition.published);
  }
  return published;
}

std::shared_ptr<const PartitionsSnapshot> MemoryViewReader::snapshot() {
  return std::make_shared<Snapshot>(tables_);
}

}  // namespace hapax
