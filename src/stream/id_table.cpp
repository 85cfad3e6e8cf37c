// SPDX-License-Identifier: Apache-2.0
#include "stream/id_table.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace hapax {
namespace {

constexpr std::size_t kHalfBytes = 8;
constexpr std::size_t kIdBytes = 2 * kHalfBytes;
constexpr const char* kRebuild = "remove the state folder to rebuild it from the log";

/// After every id: those have 16 bytes.
constexpr std::string_view kFilterKey =
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "filter";

void put_big_endian(std::uint64_t value, char* to) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    *to++ = static_cast<char>(value >> shift);
  }
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

/// Low half, then high half: the byte order of keys is the order of Hash128.
using IdKey = std::array<char, kIdBytes>;
IdKey key_of(const Hash128& id) {
  IdKey key;
  put_big_endian(id.low, key.data());
  put_big_endian(id.high, key.data() + kHalfBytes);
  return key;
}

template <std::size_t Size>
std::string_view text_of(const std::array<char, Size>& bytes) {
  return {bytes.data(), bytes.size()};
}

Error damaged(BucketId bucket) {
  return {ErrorKind::kCorrupt,
          "a stored id of bucket " + std::to_string(bucket.value()) + " is damaged", kRebuild};
}

}  // namespace

std::string ids_table(BucketId bucket) {
  return std::string("ids.").append(std::to_string(bucket.value()));
}

void put_ids(std::span<const SeenId> ids, TableChanges& to) {
  to.reserve(ids.size() + 1, ids.size() * (kIdBytes + kHalfBytes));
  std::array<char, kHalfBytes> content;
  for (const SeenId& seen : ids) {
    put_big_endian(seen.content, content.data());
    to.put(text_of(key_of(seen.id)), text_of(content));
  }
}

void put_filter(std::string_view filter, TableChanges& to) {
  to.put(kFilterKey, filter);
}

Result<std::optional<std::uint64_t>> find_id(StateStore& store, BucketId bucket,
                                             const Hash128& id) {
  HAPAX_ASSIGN(const std::optional<std::string> content,
               store.find(ids_table(bucket), text_of(key_of(id))));
  if (!content) {
    return std::optional<std::uint64_t>();
  }
  if (content->size() != kHalfBytes) {
    return damaged(bucket);
  }
  return std::optional(read_big_endian(*content));
}

Result<void> scan_ids(StateStore& store, BucketId bucket,
                      const std::function<void(const SeenId&)>& visit) {
  bool sound = true;
  HAPAX_TRY(store.scan(ids_table(bucket), {}, kFilterKey,
                       [&](std::string_view key, std::string_view content) {
                         sound = key.size() == kIdBytes && content.size() == kHalfBytes;
                         if (sound) {
                           visit({.id = {.low = read_big_endian(key.substr(0, kHalfBytes)),
                                         .high = read_big_endian(key.substr(kHalfBytes))},
                                  .content = read_big_endian(content)});
                         }
                         return sound;
                       }));
  return sound ? Result<void>() : damaged(bucket);
}

Result<std::string> find_filter(StateStore& store, BucketId bucket) {
  HAPAX_ASSIGN(std::optional<std::string> filter, store.find(ids_table(bucket), kFilterKey));
  if (!filter) {
    return Error{ErrorKind::kCorrupt,
                 "dedup bucket " + std::to_string(bucket.value()) + " has no filter", kRebuild};
  }
  return std::move(*filter);
}

}  // namespace hapax
