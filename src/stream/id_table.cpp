// SPDX-License-Identifier: Apache-2.0
#include "stream/id_table.hpp"

#include <string_view>
#include <utility>

#include "stream/id_bytes.hpp"

namespace hapax {
namespace {

/// After every id and page: those have at most 16 bytes.
constexpr std::string_view kFilterKey =
    "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
    "filter";

}  // namespace

std::string ids_table(BucketId bucket) {
  return std::string("ids.").append(std::to_string(bucket.value()));
}

void put_filter(std::string_view filter, TableChanges& to) {
  to.put(kFilterKey, filter);
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

Result<std::string> find_filter(StateStore& store, BucketId bucket) {
  HAPAX_ASSIGN(std::optional<std::string> filter, store.find(ids_table(bucket), kFilterKey));
  if (!filter) {
    return Error{ErrorKind::kCorrupt,
                 "dedup bucket " + std::to_string(bucket.value()) + " has no filter", kRebuild};
  }
  return std::move(*filter);
}

}  // namespace hapax
