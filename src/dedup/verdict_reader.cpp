// SPDX-License-Identifier: Apache-2.0
#include "dedup/verdict_reader.hpp"

#include <algorithm>
#include <utility>

namespace hapax {

Result<std::optional<VerdictReader::Found>> VerdictReader::read(PartitionId partition,
                                                                Offset from) {
  for (;;) {
    VerdictLog::Place place = log_.locate(partition, from);
    if (!place.in_memory.verdicts.empty()) {
      return std::optional(Found{.run = std::move(place.in_memory), .durable_until = place.saved});
    }
    if (place.from >= place.saved) {
      return std::optional<Found>();
    }
    if (place.sequence) {
      HAPAX_ASSIGN(const auto file, load(place));
      if (auto run = file ? in_file(*file, partition, place) : std::nullopt) {
        return std::optional(Found{.run = std::move(*run), .durable_until = place.saved});
      }
    }
    from = place.until;  // What is in between is missing.
  }
}

/// Nothing when the file is gone, or its header cannot be read any more.
Result<std::shared_ptr<const VerdictFile>> VerdictReader::load(const VerdictLog::Place& place) {
  if (file_ && file_->header().sequence == *place.sequence && file_bytes_ >= place.file_bytes) {
    return file_;
  }
  auto read = VerdictFile::read(log_.path_of(*place.sequence), log_.storage_);
  if (!read && read.error().kind == ErrorKind::kCorrupt) {
    log_.note_damage(*place.sequence, 1);
  }
  if (!read && read.error().kind != ErrorKind::kCorrupt &&
      read.error().kind != ErrorKind::kInvalid) {
    return read.error();
  }
  if (!read) {
    return std::shared_ptr<const VerdictFile>();
  }
  // The end of the last file may be in the middle of a write.
  const bool tail_is_damage = (*read)->has_torn_tail() && !place.is_last;
  log_.note_damage(*place.sequence, (*read)->damaged() + (tail_is_damage ? 1 : 0));
  file_ = *read;
  file_bytes_ = place.file_bytes;
  return file_;
}

/// What `file` has of [place.from, place.until).
std::optional<VerdictRun> VerdictReader::in_file(const VerdictFile& file, PartitionId partition,
                                                 const VerdictLog::Place& place) const {
  const verdict_format::BlockPlace* block = file.find(partition, place.from);
  if (block == nullptr || block->base >= place.until) {
    return std::nullopt;
  }
  VerdictRun run = file.decode(*block);
  const Offset end = std::min(run.end(), place.until);
  const Offset begin = std::max(run.base, place.from);
  const auto first = run.verdicts.begin();
  const auto at = [&](Offset offset) {
    return first + static_cast<std::ptrdiff_t>(offset.value() - run.base.value());
  };
  return VerdictRun{.base = begin, .verdicts = {at(begin), at(end)}};
}

}  // namespace hapax
