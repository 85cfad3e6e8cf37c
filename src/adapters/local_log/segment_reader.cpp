#include "adapters/local_log/segment_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hapax {

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(std::span<const Receipt::End> start,
                                                           const LogCatalog& catalog,
                                                           Storage& storage) {
  const auto snapshot = catalog.snapshot();
  const auto partition_count = snapshot.end_offsets.size();
  std::unique_ptr<SegmentReader> reader(new SegmentReader(catalog, storage, partition_count));
  auto first = snapshot.segments.size() - 1;
  for (const auto& [partition, offset] : start) {
    if (partition.value() >= partition_count) {
      return Error{.kind = ErrorKind::kInvalid,
                   .message = fmt::format("there is no partition {}", partition.value())};
    }
    const auto p = partition.value();
    const auto oldest = snapshot.segments.front().header.partitions[p].offset;
    if (offset < oldest || offset > snapshot.end_offsets[p]) {
      return Error{
          .kind = ErrorKind::kInvalid,
          .message = fmt::format("partition {} holds offsets {} to {}, not {}", p, oldest.value(),
                                 snapshot.end_offsets[p].value(), offset.value()),
          .hint = offset < oldest ? "these records are beyond the retention" : ""};
    }
    reader->next_[p] = offset;
    while (first > 0 && snapshot.segments[first].header.partitions[p].offset > offset) {
      --first;
    }
  }
  HAPAX_TRY(reader->go_to(snapshot.segments[first].header.generation.sequence));
  return reader;
}

Result<void> SegmentReader::go_to(std::uint64_t sequence) {
  const auto snapshot = catalog_.snapshot();
  const auto oldest = snapshot.segments.front().header.generation.sequence;
  if (sequence < oldest) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("segment {} is beyond the retention; the oldest is {}",
                                        sequence, oldest),
                 .hint = "start again from the retained offsets"};
  }
  const auto& segment = snapshot.segments[sequence - oldest];
  HAPAX_ASSIGN(file_, storage_.open(segment.path, OpenMode::kRead));
  path_ = segment.path;
  sequence_ = sequence;
  sealed_ = false;
  scanner_.emplace(*file_, segment.header.generation, log_format::kHeaderBytes);
  return {};
}

Result<std::span<const LogBatch>> SegmentReader::poll(std::size_t /*bytes_max*/) {
  // One frame a poll: batches are views into the scanner's buffer, which the next frame may
  // replace.
  batches_.clear();
  const auto end = catalog_.end();
  while (batches_.empty()) {
    HAPAX_ASSIGN(const bool more, read_frame(end));
    if (!more) {
      break;
    }
  }
  return std::span<const LogBatch>(batches_);
}

Result<bool> SegmentReader::read_frame(const LogPosition& end) {
  if (LogPosition{sequence_, scanner_->position()} >= end) {
    return false;
  }
  const bool active = sequence_ == end.sequence;
  HAPAX_ASSIGN(const auto size, file_->size());
  const auto position = scanner_->position();
  HAPAX_ASSIGN(const auto frame, scanner_->next(active ? end.position : size));
  if (!frame) {
    if (active || !sealed_) {
      return damaged_frame(path_, position, "no whole frame where a durable one must be");
    }
    HAPAX_TRY(go_to(sequence_ + 1));
    return true;
  }
  HAPAX_ASSIGN(const auto batches, log_format::decode_batches(frame->header, frame->bytes));
  sealed_ = batches.empty();
  for (const auto& batch : batches) {
    HAPAX_TRY(take(batch, position));
  }
  return true;
}

Result<void> SegmentReader::take(const LogBatch& batch, std::uint64_t position) {
  if (batch.partition.value() >= next_.size()) {
    return damaged_frame(path_, position,
                         fmt::format("there is no partition {}", batch.partition.value()));
  }
  auto& next = next_[batch.partition.value()];
  const auto batch_end = advance(batch.base_offset, batch.record_count);
  if (!next || batch_end <= *next) {
    return {};
  }
  if (batch.base_offset != *next) {
    return damaged_frame(
        path_, position,
        fmt::format("partition {} goes on at offset {} instead of {}", batch.partition.value(),
                    batch.base_offset.value(), next->value()));
  }
  next = batch_end;
  batches_.push_back(batch);
  return {};
}

}  // namespace hapax
