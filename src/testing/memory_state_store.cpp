// SPDX-License-Identifier: Apache-2.0
#include "testing/memory_state_store.hpp"

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
