// SPDX-License-Identifier: Apache-2.0
#include "stream/id_table.hpp"

#include <string_view>

#include "stream/id_bytes.hpp"

namespace hapax {
namespace {

/// After every id and page: those have at most 16 bytes.
constexpr std::string_view kFilterKey =
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "filter";
constexpr std::size_t kFilterKeysBytes = 4'096;  ///< Of all pieces.

/// The first piece is the whole filter of all but large buckets.
std::string filter_key(std::size_t piece) {
  std::string key(kFilterKey);
  if (piece > 0) {
    put_big_endian(static_cast<std::uint32_t>(piece), key);
  }
  return key;
}

}  // namespace

std::string ids_table(BucketId bucket) {
  return std::string("ids.").append(std::to_string(bucket.value()));
}

void put_filter(const BloomFilter& filter, TableChanges& to) {
  to.reserve(filter.piece_count(), to.bytes() + filter.bytes() + kFilterKeysBytes);
  for (std::size_t piece = 0; piece < filter.piece_count(); ++piece) {
    to.put(filter_key(piece), filter.piece(piece));
  }
}

Result<std::optional<std::uint64_t>> find_id(StateStore& store, BucketId bucket,
                                             const Hash128& id) {
  std::string key;
  put_id(id, key);
  HAPAX_ASSIGN(const std::optional<std::string> content, store.find(ids_table(bucket), key));
  if (!content) {
    return std::optional<std::uint64_t>();
  }
  if (content->size() != kContentBytes) {
    return damaged_id(bucket);
  }
  return std::optional(read_big_endian(*content));
}

Result<void> scan_ids(StateStore& store, BucketId bucket,
                      const std::function<void(const SeenId&)>& visit) {
  bool sound = true;
  HAPAX_TRY(store.scan(ids_table(bucket), {}, kFilterKey,
                       [&](std::string_view key, std::string_view content) {
                         sound = key.size() == kIdBytes && content.size() == kContentBytes;
                         if (sound) {
                           visit({.id = read_id(key), .content = read_big_endian(content)});
                         }
                         return sound;
                       }));
  return sound ? Result<void>() : damaged_id(bucket);
}

Result<void> read_filter(StateStore& store, BucketId bucket, BloomFilter& filter) {
  for (std::size_t piece = 0; piece < filter.piece_count(); ++piece) {
    HAPAX_ASSIGN(const std::optional<std::string> bytes,
                 store.find(ids_table(bucket), filter_key(piece)));
    if (!bytes) {
      return Error{ErrorKind::kCorrupt,
                   "dedup bucket " + std::to_string(bucket.value()) + " has no filter", kRebuild};
    }
    HAPAX_TRY(filter.restore_piece(piece, *bytes));
  }
  return {};
}

}  // namespace hapax
