// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/segment_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/local_log/segment_open.hpp"

namespace hapax {

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(std::span<const Receipt::End> start,
                                                           const LogCatalog& catalog,
                                                           Storage& storage) {
  HAPAX_ASSIGN(const auto first, catalog.segment_of(start));
  std::unique_ptr<SegmentReader> reader(
      new SegmentReader(catalog, storage, first.header.partitions.size()));
  for (const auto& [partition, offset] : start) {
    reader->from_[partition.value()] = offset;
  }
  HAPAX_TRY(reader->go_to(first));
  return reader;
}

Result<void> SegmentReader::go_to(const SegmentInfo& segment) {
  HAPAX_TRY(check_start(segment));
  HAPAX_ASSIGN(file_, open_segment(segment.path, storage_));
  path_ = segment.path;
  lease_ = segment.lease;
  at_.clear();
  for (const auto& partition : segment.header.partitions) {
    at_.push_back(partition.offset);
  }
  sequence_ = segment.header.generation.sequence;
  sealed_ = false;
  scanner_.emplace(*file_, segment.header.generation, log_format::kHeaderBytes,
                   &catalog_.recent_frames());
  return {};
}

/// That a segment begins where the one before it ended.
Result<void> SegmentReader::check_start(const SegmentInfo& segment) const {
  for (std::size_t p = 0; p < at_.size(); ++p) {
    if (const auto start = segment.header.partitions[p].offset; start != at_[p]) {
      return damaged_frame(segment.path, 0,
                           fmt::format("partition {} begins at offset {} instead of {}", p,
                                       start.value(), at_[p].value()));
    }
  }
  return {};
}

Result<std::span<const LogBatch>> SegmentReader::poll(std::size_t bytes_max) {
  if (failure_) {
    return *failure_;
  }
  auto batches = read(catalog_.end(), bytes_max);
  if (!batches && !may_be_retried(batches.error())) {
    failure_ = batches.error();
  }
  return batches;
}

/// One frame of the file at most: its batches are views into the scanner's buffer, which the next
/// one may replace.
Result<std::span<const LogBatch>> SegmentReader::read(const LogPosition& end,
                                                      std::size_t bytes_max) {
  polled_.clear();
  bool more = true;
  while (more && polled_.batches.empty()) {
    HAPAX_ASSIGN(more, read_frame(end));
  }
  while (more && !polled_.memory.empty() && polled_.bytes < bytes_max) {
    HAPAX_ASSIGN(more, read_recent_frame(end));
  }
  return std::span<const LogBatch>(polled_.batches);
}

Result<bool> SegmentReader::read_frame(const LogPosition& end) {
  if (LogPosition{sequence_, scanner_->position()} >= end) {
    return false;
  }
  const bool active = sequence_ == end.sequence;
  HAPAX_ASSIGN(const auto limit, active ? Result<std::uint64_t>(end.position) : file_->size());
  HAPAX_ASSIGN(auto frame, scanner_->next(limit));
  if (!frame) {
    if (active || !sealed_) {
      return damaged_frame(path_, scanner_->position(),
                           "no whole frame where a durable one must be");
    }
    HAPAX_ASSIGN(const auto following, catalog_.segment(sequence_ + 1));
    HAPAX_TRY(go_to(following));
    return true;
  }
  HAPAX_TRY(take_frame(*std::move(frame)));
  return true;
}

Result<bool> SegmentReader::read_recent_frame(const LogPosition& end) {
  if (sequence_ != end.sequence) {
    return false;
  }
  auto frame = scanner_->recent(end.position);
  if (!frame) {
    return false;
  }
  HAPAX_TRY(take_frame(*std::move(frame)));
  return true;
}

Result<void> SegmentReader::take_frame(FrameScanner::Frame frame) {
  const auto ids = frame.memory ? std::span(frame.memory->ids) : std::span<const Hash128>();
  HAPAX_ASSIGN(const auto batches, log_format::decode_batches(frame.header, frame.bytes, ids));
  sealed_ = batches.empty();
  for (const auto& batch : batches) {
    HAPAX_TRY(take_batch(batch, frame.position));
  }
  if (frame.memory) {
    polled_.bytes += frame.bytes.size();
    polled_.memory.push_back(std::move(frame.memory));
  }
  return {};
}

/// Offsets go on without gap or overlap from the segment's start, also before what was asked for.
Result<void> SegmentReader::take_batch(const LogBatch& batch, std::uint64_t position) {
  const auto p = batch.partition.value();
  if (p >= at_.size()) {
    return damaged_frame(path_, position, fmt::format("there is no partition {}", p));
  }
  if (batch.base_offset != at_[p]) {
    return damaged_frame(path_, position,
                         fmt::format("partition {} goes on at offset {} instead of {}", p,
                                     batch.base_offset.value(), at_[p].value()));
  }
  at_[p] = advance(batch.base_offset, batch.record_count);
  if (!from_[p] || at_[p] <= *from_[p]) {
    return {};
  }
  if (batch.base_offset < *from_[p]) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("offset {} of partition {} is inside the batch at {}",
                                        from_[p]->value(), p, batch.base_offset.value())};
  }
  polled_.batches.push_back(batch);
  return {};
}

}  // namespace hapax
