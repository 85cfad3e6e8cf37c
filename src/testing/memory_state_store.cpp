// SPDX-License-Identifier: Apache-2.0
#include "testing/memory_state_store.hpp"

#include <memory>
#include <utility>

namespace hapax {
namespace {

void change(MemoryStateStore::Table& table, const StateWrite::Table& write) {
  if (write.dropped) {
    table.clear();
  }
  for (const StateWrite::Range& range : write.erased) {
    table.erase(table.lower_bound(range.from), table.lower_bound(range.to));
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

}  // namespace

class MemoryStateStore::Cursor : public StateCursor {
 public:
  Cursor(const MemoryStateStore& store, Result<void> readable, const Table& table, std::string to)
      : store_(store), readable_(std::move(readable)), table_(table), to_(std::move(to)) {}

  void seek(std::string_view key) override {
    store_.before_snapshot_read("seek");
    at_ = table_.lower_bound(key);
  }
  void next() override {
    store_.before_snapshot_read("next");
    ++at_;
  }
  bool valid() const override { return readable_ && at_ != table_.end() && at_->first < to_; }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  Result<void> status() const override { return readable_; }

 private:
  const MemoryStateStore& store_;
  const Result<void> readable_;
  const Table& table_;
  const std::string to_;
  Table::const_iterator at_ = table_.end();
};

class MemoryStateStore::Reader : public SnapshotReader {
 public:
  Reader(const MemoryStateStore& store, const Content& content)
      : store_(store), content_(content) {}

  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    store_.before_snapshot_read("find");
    HAPAX_TRY(store_.check_reads(table));
    const Table& pairs = table_of(table);
    const auto pair = pairs.find(key);
    return pair == pairs.end() ? std::optional<std::string>() : std::optional(pair->second);
  }
  std::unique_ptr<StateCursor> cursor(std::string_view table, std::string to) override {
    return std::make_unique<Cursor>(store_, store_.check_reads(table), table_of(table),
                                    std::move(to));
  }

 private:
  const Table& table_of(std::string_view name) const {
    static const Table empty;
    const auto found = content_.tables.find(name);
    return found == content_.tables.end() ? empty : found->second;
  }

  const MemoryStateStore& store_;
  const Content& content_;
};

class MemoryStateStore::Snapshot : public StateSnapshot {
 public:
  Snapshot(const MemoryStateStore& store, Content content)
      : store_(store), content_(std::move(content)) {}

  Result<void> read(const Read& read) const override {
    if (!is_open()) {
      return Error{ErrorKind::kUnavailable, "opened anew", "ask again"};
    }
    Reader reader(store_, content_);
    return read(reader);
  }
  bool is_open() const override { return opened_ == store_.opened_; }

 private:
  const MemoryStateStore& store_;
  const int opened_ = store_.opened_;
  const Content content_;
};

Result<std::shared_ptr<const StateSnapshot>> MemoryStateStore::snapshot() {
  HAPAX_TRY(check_reads(""));
  return std::shared_ptr<const StateSnapshot>(std::make_shared<Snapshot>(*this, content_));
}

void MemoryStateStore::fail_reads(const std::string& prefix, std::optional<Error> error) {
  read_errors_.erase(prefix);
  if (error) {
    read_errors_.emplace(prefix, std::move(*error));
  }
}

Result<void> MemoryStateStore::write(const StateWrite& write) {
  if (write_error_) {
    return *write_error_;
  }
  content_.manifest = write.manifest;
  for (const StateWrite::Table& table : write.tables) {
    change(content_.tables[table.name], table);
  }
  std::erase_if(content_.tables, [](const auto& table) { return table.second.empty(); });
  if (answer_error_) {
    return *answer_error_;
  }
  return {};
}

Result<void> MemoryStateStore::reset() {
  content_ = base_.value_or(Content());
  return {};
}

Result<std::optional<std::string>> MemoryStateStore::find(std::string_view table,
                                                          std::string_view key) {
  HAPAX_TRY(check_reads(table));
  const auto found = content_.tables.find(table);
  if (found == content_.tables.end()) {
    return std::optional<std::string>();
  }
  const auto pair = found->second.find(key);
  return pair == found->second.end() ? std::optional<std::string>() : std::optional(pair->second);
}

Result<void> MemoryStateStore::scan(std::string_view table, std::string_view from,
                                    std::string_view to, const Visit& visit) {
  HAPAX_TRY(check_reads(table));
  const auto found = content_.tables.find(table);
  if (found == content_.tables.end()) {
    return {};
  }
  for (auto pair = found->second.lower_bound(from);
       pair != found->second.end() && pair->first < to && visit(pair->first, pair->second);
       ++pair) {
  }
  return {};
}

Result<void> MemoryStateStore::keep_base() {
  if (base_error_) {
    return *base_error_;
  }
  base_ = content_;
  return {};
}

Result<std::optional<std::string>> MemoryStateStore::base_manifest() {
  return base_ ? base_->manifest : std::optional<std::string>();
}

MemoryStateStore::Table MemoryStateStore::table(std::string_view name) const {
  const auto found = content_.tables.find(name);
  return found == content_.tables.end() ? Table() : found->second;
}

Result<void> MemoryStateStore::check_reads(std::string_view table) const {
  for (const auto& [prefix, error] : read_errors_) {
    if (table.starts_with(prefix)) {
      return error;
    }
  }
  return {};
}

}  // namespace hapax
