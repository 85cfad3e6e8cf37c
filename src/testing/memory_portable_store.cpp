// SPDX-License-Identifier: Apache-2.0
#include "testing/memory_portable_store.hpp"

#include <optional>
#include <string_view>

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

constexpr std::size_t kFilesMax = 4;

std::string encode_write(const StateWrite& write) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_string(write.manifest);
  for (const StateWrite::Table& table : write.tables) {
    out.put_string(table.name);
    out.put_u8(table.dropped ? 1 : 0);
    out.put_u32(static_cast<std::uint32_t>(table.erased.size()));
    for (const StateWrite::Range& range : table.erased) {
      out.put_string(range.from);
      out.put_string(range.to);
    }
    std::string changes;
    ByteWriter pairs(changes);
    table.changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
      pairs.put_string(key);
      pairs.put_u8(value ? 1 : 0);
      pairs.put_string(value.value_or(""));
      return true;
    });
    out.put_string(changes);
  }
  return bytes;
}

StateWrite decode_write(std::string_view bytes) {
  ByteReader in(bytes);
  StateWrite write{.manifest = in.string()};
  while (!in.at_end()) {
    StateWrite::Table& table = write.tables.emplace_back();
    table.name = in.string();
    table.dropped = in.u8() != 0;
    for (std::uint32_t left = in.u32(); left > 0; --left) {
      const std::string from = in.string();
      table.erased.push_back({.from = from, .to = in.string()});
    }
    const std::string changes = in.string();
    for (ByteReader pairs(changes); !pairs.at_end();) {
      const std::string key = pairs.string();
      const bool put = pairs.u8() != 0;
      const std::string value = pairs.string();
      if (put) {
        table.changes.put(key, value);
      } else {
        table.changes.erase(key);
      }
    }
  }
  return write;
}

}  // namespace

Result<void> MemoryPortableStore::Store::write(const StateWrite& write) {
  HAPAX_TRY(MemoryStateStore::write(write));
  files[next++] = encode_write(write);
  return {};
}

void MemoryPortableStore::Store::make_one() {
  StateWrite all{.manifest = manifest().value().value_or("")};
  for (const auto& [name, rows] : tables()) {
    StateWrite::Table& table = all.tables.emplace_back();
    table.name = name;
    for (const auto& [key, value] : rows) {
      table.changes.put(key, value);
    }
  }
  files.clear();
  files[next++] = encode_write(all);
}

Result<void> MemoryPortableStore::open(std::vector<StateFile> files) {
  for (const StateFile& file : files) {
    if (file.immutable) {
      HAPAX_TRY(store_.MemoryStateStore::write(decode_write(file.bytes)));
      store_.files[std::stoull(file.name)] = file.bytes;
    } else {
      store_.next = std::stoull(file.bytes);
    }
  }
  return {};
}

Result<std::vector<StateFile>> MemoryPortableStore::files(const IsKnown& is_known) {
  if (store_.files.size() > kFilesMax) {
    store_.make_one();
  }
  std::vector<StateFile> files;
  for (const auto& [number, bytes] : store_.files) {
    const std::string name = std::to_string(number);
    files.push_back(
        {.name = name, .immutable = true, .bytes = is_known(name) ? std::string() : bytes});
  }
  files.push_back({.name = "next", .immutable = false, .bytes = std::to_string(store_.next)});
  return files;
}

}  // namespace hapax
