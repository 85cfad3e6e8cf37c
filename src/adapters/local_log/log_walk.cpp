// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_walk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/local_log/segment_open.hpp"

namespace hapax {

using Batches = std::optional<std::span<const LogBatch>>;

Result<std::unique_ptr<LogWalk>> LogWalk::open(std::string directory, Storage& storage) {
  std::unique_ptr<LogWalk> walk(new LogWalk(std::move(directory), storage));
  HAPAX_ASSIGN(const bool there, storage.exists(walk->directory_));
  std::vector<std::uint64_t> sequences;
  if (there) {
    HAPAX_ASSIGN(sequences, walk->sequences());
  }
  if (sequences.empty()) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("there is no event log in {}", walk->directory_),
                 .hint = "name the server's data directory with --data-dir"};
  }
  walk->sequence_ = sequences.front();
  return walk;
}

Result<std::vector<std::uint64_t>> LogWalk::sequences() const {
  HAPAX_ASSIGN(const auto places, list_segments(directory_, storage_));
  std::vector<std::uint64_t> sequences(places.size());
  std::ranges::transform(places, sequences.begin(), &SegmentPlace::sequence);
  return sequences;
}

Result<void> LogWalk::go_to(std::uint64_t sequence) {
  sequence_ = sequence;
  sealed_ = false;
  begun_ = false;
  searched_.reset();
  scanner_.reset();
  HAPAX_ASSIGN(auto segment, open_segment(directory_, sequence, storage_));
  path_ = std::move(segment.path);
  file_ = std::move(segment.file);
  HAPAX_ASSIGN(header_, read_segment_header(*file_, path_, sequence));
  scanner_.emplace(*file_, header_.generation, log_format::kHeaderBytes);
  return {};
}

/// A server may have compressed the segment and used its raw file again under this reader: then
/// the raw name is gone, and the same bytes are in the twin.
Result<bool> LogWalk::go_to_twin() {
  HAPAX_ASSIGN(const bool there, storage_.exists(path_));
  const auto twin_path = twin_of(path_);
  HAPAX_ASSIGN(const bool compressed, storage_.exists(twin_path));
  if (there || is_twin(path_) || !compressed) {
    return false;
  }
  HAPAX_ASSIGN(file_, open_segment(twin_path, storage_));
  path_ = twin_path;
  if (scanner_) {
    scanner_.emplace(*file_, header_.generation, scanner_->position());
  }
  return true;
}

Result<std::optional<std::uint64_t>> LogWalk::following() const {
  HAPAX_ASSIGN(const auto all, sequences());
  const auto next = std::upper_bound(all.begin(), all.end(), sequence_);
  return next == all.end() ? std::nullopt : std::optional(*next);
}

Result<Batches> LogWalk::next() {
  if (damage_) {
    return *damage_;
  }
  auto batches = next_here();
  if (batches) {
    return batches;
  }
  HAPAX_ASSIGN(const bool moved, go_to_twin());
  if (moved) {
    return next();
  }
  // The segment may have been retired and used again under this reader.
  HAPAX_ASSIGN(const auto all, sequences());
  if (all.empty() || all.front() <= sequence_) {
    if (batches.error().kind == ErrorKind::kCorrupt) {
      damage_ = batches.error();
    }
    return batches;
  }
  at_.clear();
  HAPAX_TRY(go_to(all.front()));
  return Batches(std::span<const LogBatch>());
}

/// That the header continues the account, if the segment before it was read to its end.
Result<void> LogWalk::begin() {
  if (!at_.empty() && (at_ != header_.partitions || seal_position_ != header_.previous_end)) {
    return damaged_frame(path_, 0, "it does not begin where the segment before it ended");
  }
  at_ = header_.partitions;
  begun_ = true;
  return {};
}

Result<Batches> LogWalk::take(const FrameScanner::Frame& frame) {
  HAPAX_ASSIGN(batches_, log_format::decode_batches(frame.header, frame.bytes));
  for (const auto& batch : batches_) {
    const auto p = batch.partition.value();
    if (p >= at_.size() || batch.base_offset != at_[p].offset) {
      return damaged_frame(
          path_, frame.position,
          fmt::format("partition {} does not go on at offset {}", p, batch.base_offset.value()));
    }
    at_[p] = {.offset = advance(batch.base_offset, batch.record_count),
              .digest = batch.digest_after};
  }
  sealed_ = batches_.empty();
  if (sealed_) {
    HAPAX_TRY(take_seal(frame));
  }
  return Batches(batches_);
}

Result<void> LogWalk::take_seal(const FrameScanner::Frame& frame) {
  const auto ends = log_format::decode_ends(frame.header, frame.bytes, at_.size());
  if (!ends || *ends != at_) {
    return damaged_frame(path_, frame.position, "a seal that does not say what is before it");
  }
  seal_position_ = frame.position;
  return {};
}

Result<Batches> LogWalk::next_here() {
  if (!scanner_) {
    HAPAX_TRY(go_to(sequence_));
  }
  if (!begun_) {
    HAPAX_TRY(begin());
  }
  HAPAX_ASSIGN(auto frame, scan());
  std::optional<std::uint64_t> following_sequence;
  if (!frame) {
    HAPAX_ASSIGN(following_sequence, following());
    // Once more: a segment that has a follower now gets no more frames.
    HAPAX_ASSIGN(frame, scan());
  }
  if (!frame) {
    // A raw file that is used again has none of this segment's, whatever seal was read before.
    HAPAX_ASSIGN(const bool moved, go_to_twin());
    if (moved) {
      HAPAX_ASSIGN(frame, scan());
    }
  }
  if (!frame) {
    HAPAX_ASSIGN(const auto later, later_frame());
    if (later) {
      // Written in the meantime? Then so was the one before it: frames are written in order.
      HAPAX_ASSIGN(frame, scan());
      if (!frame) {
        return damaged_frame(path_, scanner_->position(),
                             fmt::format("a whole frame follows at byte {}", *later));
      }
    }
  }
  if (frame) {
    return take(*frame);
  }
  const auto position = scanner_->position();
  if (!following_sequence) {
    return Batches();
  }
  if (!sealed_) {
    return damaged_frame(path_, position, "the segment has no seal, but the log goes on after it");
  }
  if (*following_sequence != sequence_ + 1) {
    return damaged_frame(
        path_, position,
        fmt::format("the next segment, {}, is missing", log_format::segment_name(sequence_ + 1)));
  }
  HAPAX_TRY(go_to(*following_sequence));
  HAPAX_TRY(begin());
  return Batches(std::span<const LogBatch>());
}

Result<std::optional<FrameScanner::Frame>> LogWalk::scan() {
  HAPAX_ASSIGN(const auto size, file_->size());
  return scanner_->next(size);
}

/// Searches the rest of the segment once for each end.
Result<std::optional<std::uint64_t>> LogWalk::later_frame() {
  const auto position = scanner_->position();
  if (searched_ == position) {
    return std::optional<std::uint64_t>();
  }
  HAPAX_ASSIGN(const auto later,
               find_frame(*file_, header_.generation, position + log_format::kAlignment));
  if (!later) {
    searched_ = position;
  }
  return later;
}

Result<bool> LogWalk::skip_damage() {
  damage_.reset();
  at_.clear();
  if (scanner_ && !begun_) {
    return true;
  }
  HAPAX_ASSIGN(const auto following_sequence, following());
  if (!following_sequence) {
    return false;
  }
  sequence_ = *following_sequence;
  scanner_.reset();
  return true;
}

}  // namespace hapax
