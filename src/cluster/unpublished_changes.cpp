// SPDX-License-Identifier: Apache-2.0
#include "cluster/unpublished_changes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace hapax {
namespace {

/// Behind every key of a table: the first byte of a key is never FF.
constexpr std::string_view kKeysEnd = "\xFF";

Result<StateWrite::Table> whole_table(const std::string& name, StateStore& store) {
  StateWrite::Table table{.name = name, .dropped = true};
  HAPAX_TRY(store.scan(name, "", kKeysEnd, [&](std::string_view key, std::string_view value) {
    table.changes.put(key, value);
    return true;
  }));
  return table;
}

/// The keys as they are now. What was dropped or erased before a key came goes before it.
Result<void> add_keys(std::vector<std::string> keys, StateStore& store, StateWrite::Table& to) {
  std::ranges::sort(keys);
  const auto same = std::ranges::unique(keys);
  keys.erase(same.begin(), same.end());
  for (const std::string& key : keys) {
    HAPAX_ASSIGN(const std::optional<std::string> value, store.find(to.name, key));
    if (value) {
      to.changes.put(key, *value);
    } else {
      to.changes.erase(key);
    }
  }
  return {};
}

}  // namespace

void UnpublishedChanges::add(std::uint64_t version, const StateWrite& write,
                             std::vector<std::string> derived) {
  Change change{.version = version};
  for (const StateWrite::Table& table : write.tables) {
    Table& changed = change.tables[table.name];
    changed = {.dropped = table.dropped, .erased = table.erased};
    table.changes.for_each([&](std::string_view key, const auto& /*value*/) {
      changed.keys.emplace_back(key);
      return true;
    });
    change.key_count += changed.keys.size();
  }
  changes_.push_back(std::move(change));
  latest_.reset();
  std::size_t keys = 0;
  for (const Change& one : changes_) {
    keys += one.key_count;
  }
  if (keys > keys_max_ || derived != derived_) {
    forget(version);
    derived_ = std::move(derived);
  } else if (changes_.size() == 1) {
    latest_ = write;
  }
}

void UnpublishedChanges::forget(std::uint64_t version) {
  while (!changes_.empty() && changes_.front().version <= version) {
    changes_.pop_front();
    latest_.reset();
  }
  known_since_ = std::max(known_since_, version);
}

Result<PartitionUpdate> UnpublishedChanges::update_from(std::uint64_t version,
                                                        std::span<const std::string> tables,
                                                        StateStore& store) const {
  PartitionUpdate update;
  if (version == 0 || version < known_since_) {
    for (const std::string& name : tables) {
      HAPAX_ASSIGN(StateWrite::Table table, whole_table(name, store));
      update.change.tables.push_back(std::move(table));
    }
    return update;
  }
  update.since = version;
  if (latest_ && changes_.front().version > version) {
    update.change = *latest_;
    return update;
  }
  Tables changed;
  for (const Change& change : changes_) {
    if (change.version <= version) {
      continue;
    }
    for (const auto& [name, table] : change.tables) {
      Table& to = changed[name];
      to.dropped = to.dropped || table.dropped;
      std::ranges::copy(table.erased, std::back_inserter(to.erased));
      std::ranges::copy(table.keys, std::back_inserter(to.keys));
    }
  }
  for (auto& [name, table] : changed) {
    StateWrite::Table& to = update.change.tables.emplace_back();
    to.name = name;
    to.dropped = table.dropped;
    to.erased = std::move(table.erased);
    HAPAX_TRY(add_keys(std::move(table.keys), store, to));
  }
  return update;
}

void UnpublishedChanges::encode(ByteWriter& out) const {
  out.put_u64(known_since_);
  out.put_u32(static_cast<std::uint32_t>(changes_.size()));
  for (const Change& change : changes_) {
    out.put_u64(change.version);
    out.put_u32(static_cast<std::uint32_t>(change.tables.size()));
    for (const auto& [name, table] : change.tables) {
      out.put_string(name);
      out.put_u8(table.dropped ? 1 : 0);
      out.put_u32(static_cast<std::uint32_t>(table.erased.size()));
      for (const StateWrite::Range& range : table.erased) {
        out.put_string(range.from);
        out.put_string(range.to);
      }
      out.put_u32(static_cast<std::uint32_t>(table.keys.size()));
      for (const std::string& key : table.keys) {
        out.put_string(key);
      }
    }
  }
  out.put_u32(static_cast<std::uint32_t>(derived_.size()));
  for (const std::string& derived : derived_) {
    out.put_string(derived);
  }
}

bool UnpublishedChanges::restore(ByteReader& in) {
  known_since_ = in.u64();
  for (std::uint32_t changes = in.u32(); changes > 0 && in.ok(); --changes) {
    Change& change = changes_.emplace_back(Change{.version = in.u64()});
    for (std::uint32_t tables = in.u32(); tables > 0 && in.ok(); --tables) {
      Table& table = change.tables[in.string()];
      table.dropped = in.u8() != 0;
      for (std::uint32_t ranges = in.u32(); ranges > 0 && in.ok(); --ranges) {
        std::string from = in.string();
        table.erased.push_back({.from = std::move(from), .to = in.string()});
      }
      for (std::uint32_t keys = in.u32(); keys > 0 && in.ok(); --keys) {
        table.keys.push_back(in.string());
        ++change.key_count;
      }
    }
  }
  // A former version ended here.
  for (std::uint32_t left = in.at_end() ? 0 : in.u32(); left > 0 && in.ok(); --left) {
    derived_.push_back(in.string());
  }
  return in.ok();
}

}  // namespace hapax
