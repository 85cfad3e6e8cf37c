// SPDX-License-Identifier: Apache-2.0
#include "dedup/verdict_file.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace hapax {
namespace {

using verdict_format::BlockPlace;
using verdict_format::FileHeader;

/// At most `bytes_max` bytes from its beginning.
Result<std::string> read_file(const std::string& path, std::uint64_t bytes_max, Storage& storage) {
  HAPAX_ASSIGN(const auto file, storage.open(path, OpenMode::kRead));
  HAPAX_ASSIGN(const std::uint64_t size, file->size());
  std::string bytes(std::min(size, bytes_max), '\0');
  HAPAX_ASSIGN(const std::size_t read, file->read_at(0, std::as_writable_bytes(std::span(bytes))));
  bytes.resize(read);
  return bytes;
}

Result<FileHeader> header_of(const std::string& path, std::string_view bytes) {
  Result<FileHeader> header = verdict_format::decode_header(bytes);
  if (!header) {
    Error error = header.error();
    error.message = path + " cannot be read: " + error.message;
    return error;
  }
  return header;
}

}  // namespace

Result<FileHeader> VerdictFile::read_header(const std::string& path, Storage& storage) {
  HAPAX_ASSIGN(const std::string bytes, read_file(path, verdict_format::kHeaderBytesMax, storage));
  return header_of(path, bytes);
}

Result<std::shared_ptr<const VerdictFile>> VerdictFile::read(const std::string& path,
                                                             Storage& storage) {
  auto file = std::make_shared<VerdictFile>();
  HAPAX_ASSIGN(file->bytes_, read_file(path, UINT64_MAX, storage));
  HAPAX_ASSIGN(file->header_, header_of(path, file->bytes_));
  file->find_blocks();
  return std::shared_ptr<const VerdictFile>(std::move(file));
}

// Behind damage the next whole block is looked for at every place where one may begin.
void VerdictFile::find_blocks() {
  bool in_damage = false;
  std::size_t at = verdict_format::header_bytes(header_.partitions.size());
  while (at < bytes_.size()) {
    const auto place = verdict_format::block_at(bytes_, at, header_.salt);
    damaged_ += place && in_damage ? 1 : 0;
    in_damage = !place;
    if (place) {
      blocks_.push_back(*place);
    }
    at += place ? place->bytes : verdict_format::kAlignment;
  }
  torn_tail_ = in_damage;
  std::ranges::sort(blocks_, {},
                    [](const BlockPlace& place) { return std::pair(place.partition, place.base); });
}

const BlockPlace* VerdictFile::find(PartitionId partition, Offset from) const {
  const auto found = std::ranges::partition_point(blocks_, [&](const BlockPlace& place) {
    return place.partition < partition || (place.partition == partition && place.end() <= from);
  });
  return found != blocks_.end() && found->partition == partition ? &*found : nullptr;
}

}  // namespace hapax
