#include "adapters/local_log/log_core.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/local_log/repair.hpp"
#include "adapters/local_log/segment_scan.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

using namespace log_format;  // NOLINT: this file is about the format.

/// That `segment` ends in a seal where the header of the next one says, with the same account: all
/// that a start reads of old segments. Readers check every frame of what they read, and `hapax log
/// verify` all of it.
Result<void> check_end(const File& file, const SegmentInfo& segment, const SegmentHeader& next) {
  const auto at = next.previous_end;
  FrameScanner scanner(file, segment.header.generation, at);
  HAPAX_ASSIGN(const auto seal, scanner.next(at + seal_bytes(next.partitions.size())));
  if (!seal) {
    return damaged_frame(segment.path, at,
                         "there is no seal, but the log goes on in the next file");
  }
  const auto ends = decode_ends(seal->header, seal->bytes, next.partitions.size());
  if (!ends || *ends != next.partitions) {
    return damaged_frame(segment.path, at, "its end is not where the next file says it begins");
  }
  HAPAX_ASSIGN(const bool more, scanner.at_frame());
  if (more) {
    return damaged_frame(segment.path, scanner.position(),
                         "it goes on behind its end, beside the next file");
  }
  return {};
}

/// Whether a claim keeps the segment before `next`, with which the log has so many bytes.
bool holds(const RetentionClaim& claim, const SegmentHeader& next, std::uint64_t bytes) {
  return !is_released(next, claim.released) && bytes <= claim.bytes_limit.value_or(bytes);
}

/// A new log must not take the place of one whose repair was interrupted between two names.
Result<void> check_not_under_repair(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const bool there, storage.exists(directory));
  HAPAX_ASSIGN(const bool repaired, storage.exists(repaired_directory(directory)));
  if (there || !repaired) {
    return {};
  }
  return Error{.kind = ErrorKind::kInvalid,
               .message = fmt::format("the repair of {} was interrupted", directory),
               .hint = "run hapax log verify --repair --yes again"};
}

std::string name_of_key(std::uint64_t key_id) {
  return key_id == 0 ? "none" : fmt::format("{:016x}", key_id);
}

}  // namespace

Result<void> check_settings(const SegmentHeader& header, const LocalLogSettings& settings) {
  if (header.partitions.size() != settings.partition_count) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the log in {} has {} partitions, the settings say {}",
                                        settings.directory, header.partitions.size(),
                                        settings.partition_count),
                 .hint = fmt::format("set log.partitions to {}", header.partitions.size())};
  }
  if (header.key_id != settings.key_id) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the log in {} was made with key {}, the key given is {}",
                                        settings.directory, name_of_key(header.key_id),
                                        name_of_key(settings.key_id)),
                 .hint = "supply the key that this folder was made with; no other fits its data"};
  }
  return {};
}

LogCore::LogCore(const LocalLogSettings& settings, Storage& storage, const Clock& clock,
                 Random& random)
    : settings_(settings),
      storage_(storage),
      clock_(clock),
      random_(random),
      files_(settings, storage) {}

Result<std::unique_ptr<LogCore>> LogCore::open(const LocalLogSettings& settings, Storage& storage,
                                               const Clock& clock, Random& random) {
  LogStart start{.partitions = std::vector<PartitionStart>(settings.partition_count),
                 .controls = {}};
  return begin(settings, storage, clock, random, std::move(start));
}

Result<std::unique_ptr<LogCore>> LogCore::begin(const LocalLogSettings& settings, Storage& storage,
                                                const Clock& clock, Random& random,
                                                LogStart start) {
  std::unique_ptr<LogCore> core(new LogCore(settings, storage, clock, random));
  HAPAX_TRY(check_not_under_repair(settings.directory, storage));
  HAPAX_TRY(storage.create_directories(settings.directory));
  HAPAX_ASSIGN(core->lock_, storage.lock(settings.directory + "/lock"));
  HAPAX_TRY(core->files_.open());
  HAPAX_ASSIGN(const auto segments, core->find_segments());
  HAPAX_ASSIGN(core->end_file_, EndFile::open(settings.directory, storage));
  core->ends_ = std::move(start.partitions);
  core->controls_ = std::move(start.controls);
  core->catalog_.set({.segments = segments, .end = {}, .end_offsets = {}});
  if (segments.empty()) {
    HAPAX_TRY(core->check_noted_end(segments));
    HAPAX_TRY(core->roll());
  } else {
    HAPAX_TRY(core->recover_active(segments));
  }
  core->catalog_.publish({core->generation_.sequence, core->position_}, core->end_offsets());
  core->catalog_.set_controls(core->controls_.records());
  return core;
}

Result<std::deque<SegmentInfo>> LogCore::find_segments() {
  HAPAX_ASSIGN(const auto names, storage_.list(settings_.directory));
  std::deque<SegmentInfo> segments;
  std::unique_ptr<File> previous;
  for (const auto& name : names) {
    const auto sequence = sequence_of(name);
    if (!sequence) {
      continue;
    }
    const auto path = settings_.directory + "/" + name;
    HAPAX_ASSIGN(auto file, storage_.open(path, OpenMode::kRead));
    HAPAX_ASSIGN(auto header, read_segment_header(*file, path, *sequence));
    if (!segments.empty() && segments.back().header.generation.sequence + 1 != *sequence) {
      return Error{.kind = ErrorKind::kCorrupt,
                   .message = fmt::format("{} is missing: the log goes from {} to {}",
                                          segment_name(*sequence - 1), segments.back().path, path),
                   .hint = "restore the missing file from a copy"};
    }
    HAPAX_TRY(check_settings(header, settings_));
    if (previous) {
      HAPAX_TRY(check_end(*previous, segments.back(), header));
    }
    HAPAX_ASSIGN(const auto bytes, file->size());
    previous = std::move(file);
    segments.push_back({.path = path, .header = std::move(header), .bytes = bytes});
  }
  return segments;
}

Result<void> LogCore::recover_active(const std::deque<SegmentInfo>& segments) {
  std::vector<std::byte> last_frame;
  std::uint64_t last_position = 0;
  HAPAX_TRY(scan_active(segments.back(), last_frame, last_position));
  HAPAX_TRY(check_noted_end(segments));
  // After a process crash or a failed sync the page cache may hold a frame that the disk does not,
  // marked clean. Written again it is dirty again, and this sync means something (rows 17, 19).
  HAPAX_TRY(active_.file->write_at(last_position, last_frame));
  HAPAX_TRY(active_.file->sync());
  return storage_.sync_directory(settings_.directory);
}

/// Takes all whole frames of the last segment; refuses one that follows behind the end.
Result<void> LogCore::scan_active(const SegmentInfo& segment, std::vector<std::byte>& last_frame,
                                  std::uint64_t& last_position) {
  HAPAX_ASSIGN(active_.file, storage_.open(segment.path, OpenMode::kReadWrite));
  active_.path = segment.path;
  active_bytes_ = segment.header.file_bytes;
  generation_ = segment.header.generation;
  ends_ = segment.header.partitions;
  auto controls = controls_of(segment.header.controls);
  if (!controls) {
    return damaged_frame(segment.path, 0, controls.error().message);
  }
  controls_ = std::move(*controls);
  FrameScanner scanner(*active_.file, generation_, kHeaderBytes);
  while (true) {
    HAPAX_ASSIGN(const auto frame, scanner.next(segment.bytes));
    if (!frame) {
      break;
    }
    HAPAX_TRY(take_frame(segment.path, frame->position, frame->header, frame->bytes));
    last_frame.assign(frame->bytes.begin(), frame->bytes.end());
    last_position = frame->position;
  }
  position_ = scanner.position();
  HAPAX_ASSIGN(const auto later, find_frame(*active_.file, generation_, position_ + kAlignment));
  if (later) {
    return damaged_frame(segment.path, position_,
                         fmt::format("a whole frame follows at byte {}", *later));
  }
  return {};
}

/// What was durable once and is not there: a tail that looks torn, but was acknowledged.
Result<void> LogCore::check_noted_end(const std::deque<SegmentInfo>& segments) const {
  const auto& noted = end_file_->found();
  if (!noted) {
    return {};
  }
  const auto& path = segments.empty() ? settings_.directory : segments.back().path;
  for (const auto& segment : segments) {
    const auto& generation = segment.header.generation;
    if (generation.sequence == noted->generation.sequence && generation != noted->generation) {
      return damaged_frame(segment.path, 0,
                           "it is not the segment of this number that the file \"end\" knows");
    }
  }
  if (const auto missing = missing_records(*noted, ends_); missing > 0) {
    return damaged_frame(
        path, position_,
        fmt::format("{} records that were durable are missing: the log went to byte {} of {}",
                    missing, noted->position, segment_name(noted->generation.sequence)));
  }
  return {};
}

Result<void> LogCore::take_frame(const std::string& path, std::uint64_t position,
                                 const FrameHeader& header, std::span<const std::byte> bytes) {
  HAPAX_ASSIGN(const auto batches, decode_batches(header, bytes));
  for (const auto& batch : batches) {
    const auto partition = batch.partition.value();
    if (partition >= ends_.size() || ends_[partition].offset != batch.base_offset) {
      return damaged_frame(
          path, position,
          fmt::format("partition {} goes on at offset {}", partition, batch.base_offset.value()));
    }
    if (auto taken = batch.is_control ? take_controls(batch.records) : Result<void>(); !taken) {
      return damaged_frame(path, position, taken.error().message);
    }
    ends_[partition] = {.offset = advance(batch.base_offset, batch.record_count),
                        .digest = batch.digest_after};
  }
  return batches.empty() ? check_seal(path, position, header, bytes) : Result<void>();
}

Result<void> LogCore::check_seal(const std::string& path, std::uint64_t position,
                                 const FrameHeader& header, std::span<const std::byte> bytes) {
  const auto ends = decode_ends(header, bytes, ends_.size());
  if (!ends || *ends != ends_) {
    return damaged_frame(path, position, "a seal that does not say what is before it");
  }
  return {};
}

Result<void> LogCore::take_controls(std::string_view records) {
  while (!records.empty()) {
    HAPAX_ASSIGN(const auto record, take_framed(records));
    HAPAX_ASSIGN(const auto kind, control_kind(record));
    if (kind != kLostKind) {
      HAPAX_TRY(controls_.take(record));
    }
  }
  return {};
}

SegmentHeader LogCore::next_header() {
  return {.generation = {.sequence = generation_.sequence + 1, .salt = random_.next()},
          .file_bytes = 0,  // The file's own.
          .created_at = clock_.now(),
          .partitions = ends_,
          .key_id = settings_.key_id,
          .previous_end = seal_position(),
          .controls = controls_.records()};
}

/// Where the active segment ends, once it is sealed.
std::uint64_t LogCore::seal_position() const {
  if (!active_.file) {
    return 0;
  }
  return sealed_ ? position_ - seal_bytes(ends_.size()) : position_;
}

/// First all of the new segment but its name: when there is no space, no memory or no descriptor
/// for it, the present one stays as it is. Then the seal, so that a segment with another one behind
/// it is always complete and never two can be the last. Then the name, after which there is no way
/// back.
Result<void> LogCore::roll() {
  HAPAX_ASSIGN(auto staged, files_.stage(next_header()));
  if (active_.file) {
    HAPAX_TRY(seal());
  }
  HAPAX_ASSIGN(active_, files_.activate(staged));
  const auto& header = staged.header;
  generation_ = header.generation;
  position_ = kHeaderBytes;
  active_bytes_ = header.file_bytes;
  sealed_ = false;
  catalog_.add_segment({.path = active_.path, .header = header, .bytes = header.file_bytes});
  ++stats_.rolls;
  return {};
}

Result<std::vector<Receipt>> LogCore::commit(std::span<const std::vector<PartitionRecords>> group) {
  if (failure_) {
    return *failure_;
  }
  frame_.clear();
  auto ends = ends_;
  std::vector<Receipt> receipts;
  receipts.reserve(group.size());
  std::uint64_t records = 0;
  for (const auto& append : group) {
    auto& receipt = receipts.emplace_back();
    for (const auto& part : append) {
      auto& end = ends[part.partition.value()];
      const auto base_offset = end.offset;
      end.offset = advance(end.offset, part.record_count);
      end.digest.add(part.digest);
      frame_.add({.partition = part.partition,
                  .record_count = part.record_count,
                  .record_bytes = 0,
                  .base_offset = base_offset,
                  .digest_after = end.digest,
                  .is_control = false},
                 part.records);
      receipt.ends.push_back({.partition = part.partition, .end = end.offset});
      records += part.record_count;
    }
  }
  HAPAX_TRY(write_frame(std::move(ends), records));
  return receipts;
}

Result<Receipt> LogCore::commit_control(std::string_view record) {
  if (failure_) {
    return *failure_;
  }
  auto controls = controls_;
  HAPAX_TRY(controls.take(record));
  std::string records;
  append_framed(record, records);
  frame_.clear();
  auto ends = ends_;
  Receipt receipt;
  for (std::uint32_t p = 0; p < ends.size(); ++p) {
    frame_.add({.partition = PartitionId(p),
                .record_count = 1,
                .record_bytes = 0,
                .base_offset = ends[p].offset,
                .digest_after = ends[p].digest,
                .is_control = true},
               records);
    ends[p].offset = advance(ends[p].offset, 1);
    receipt.ends.push_back({.partition = PartitionId(p), .end = ends[p].offset});
  }
  HAPAX_TRY(write_frame(std::move(ends), ends_.size()));
  controls_ = std::move(controls);
  catalog_.set_controls(controls_.records());
  return receipt;
}

Result<void> LogCore::commit_lost(const PartitionRecords& lost) {
  if (failure_) {
    return *failure_;
  }
  auto ends = ends_;
  auto& end = ends[lost.partition.value()];
  const auto base_offset = end.offset;
  end.offset = advance(base_offset, lost.record_count);
  end.digest.add(lost.digest);
  frame_.clear();
  frame_.add({.partition = lost.partition,
              .record_count = lost.record_count,
              .record_bytes = 0,
              .base_offset = base_offset,
              .digest_after = end.digest,
              .is_control = true},
             lost.records);
  return write_frame(std::move(ends), lost.record_count);
}

/// Makes what is in frame_ durable, `ends` is what the partitions then have come to.
Result<void> LogCore::write_frame(std::vector<PartitionStart> ends, std::uint64_t record_count) {
  const auto room = align_up(frame_.bytes()) + seal_bytes(ends_.size());
  if (position_ + room > active_bytes_) {
    if (auto rolled = roll(); !rolled) {
      return fail(std::move(rolled).error());
    }
    if (position_ + room > active_bytes_) {  // Larger than a segment: its file becomes longer.
      active_bytes_ = align_up(position_ + room, kPageBytes);
      catalog_.set_last_bytes(active_bytes_);
    }
  }
  if (auto written = write_and_sync(frame_.finish(generation_, position_)); !written) {
    return fail(std::move(written).error());
  }
  ends_ = std::move(ends);
  catalog_.publish({generation_.sequence, position_}, end_offsets());
  ++stats_.groups;
  stats_.appended_records += record_count;
  return {};
}

Result<void> LogCore::write_and_sync(const FrameBuilder::Finished& frame) {
  HAPAX_TRY(active_.file->write_at(position_, frame.bytes));
  const auto began = clock_.monotonic();
  if (auto synced = active_.file->sync(); !synced) {
    auto error = std::move(synced).error();
    error.kind = ErrorKind::kUnavailable;  // Even when the disk was full: what is there is unknown.
    return error;
  }
  const auto took = clock_.monotonic() - began;
  ++stats_.syncs;
  stats_.sync_time += took;
  stats_.sync_time_max = std::max(stats_.sync_time_max, took);
  stats_.appended_bytes += frame.end - position_;
  position_ = frame.end;
  sealed_ = false;
  return {};
}

Error LogCore::fail(Error error) {
  if (error.kind != ErrorKind::kExhausted) {
    failure_ = Error{.kind = ErrorKind::kUnavailable,
                     .message = "the event log is closed after an error: " + error.message,
                     .hint = "see to the disk, then restart"};
    return *failure_;
  }
  sealed_ = false;  // So that a seal that is to find out whether there is space writes one.
  return error;
}

Result<void> LogCore::seal() {
  if (failure_) {
    return *failure_;
  }
  if (sealed_) {
    return {};
  }
  FrameBuilder frame;  // Not frame_: a group may be in it when the segment rolls.
  frame.add_ends(ends_);
  if (auto written = write_and_sync(frame.finish(generation_, position_)); !written) {
    return fail(std::move(written).error());
  }
  sealed_ = true;
  return {};
}

Result<void> LogCore::retain(std::span<const RetentionClaim> claims) {
  HAPAX_TRY(finish_retiring());
  const auto snapshot = catalog_.snapshot();
  auto bytes = catalog_.bytes();
  for (std::size_t i = 0; i + 1 < snapshot.segments.size() && !claims.empty(); ++i) {
    const auto& next = snapshot.segments[i + 1].header;
    const bool held = std::ranges::any_of(
        claims, [&](const RetentionClaim& claim) { return holds(claim, next, bytes); });
    const bool old = clock_.now() - next.created_at > settings_.retention_age;
    if (held || (!old && bytes <= settings_.retention_bytes)) {
      break;
    }
    catalog_.drop_first_segment();
    leaving_ = snapshot.segments[i];
    HAPAX_TRY(finish_retiring());
    bytes -= snapshot.segments[i].bytes;
  }
  return {};
}

// One at a time and in order: a hole in the sequence would be taken for a lost file.
Result<void> LogCore::finish_retiring() {
  if (leaving_) {
    HAPAX_TRY(files_.retire(leaving_->path, leaving_->bytes));
    leaving_.reset();
  }
  return {};
}

std::vector<Offset> LogCore::end_offsets() const {
  std::vector<Offset> offsets;
  offsets.reserve(ends_.size());
  for (const auto& end : ends_) {
    offsets.push_back(end.offset);
  }
  return offsets;
}

}  // namespace hapax
