// SPDX-License-Identifier: Apache-2.0
#include "dedup/verdict_log.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace hapax {
namespace {

using verdict_format::FileHeader;
using verdict_format::Progress;

constexpr const char* kPreparing = "preparing.tmp";

void follow(Progress& progress, const verdict_format::BlockPlace& place) {
  progress.last_base = place.base;
  progress.end = {.offset = place.end(), .digest = place.digest_after};
}

}  // namespace

VerdictLog::VerdictLog(VerdictLogSettings settings, Storage& storage, Random& random)
    : settings_(std::move(settings)),
      storage_(storage),
      random_(random),
      partitions_(settings_.partition_count) {}

Result<std::unique_ptr<VerdictLog>> VerdictLog::open(VerdictLogSettings settings, Storage& storage,
                                                     Random& random) {
  std::unique_ptr<VerdictLog> log(new VerdictLog(std::move(settings), storage, random));
  HAPAX_TRY(log->load());
  return log;
}

Result<void> VerdictLog::load() {
  HAPAX_TRY(storage_.create_directories(settings_.directory));
  HAPAX_ASSIGN(std::vector<Known> files, list());
  HAPAX_TRY(drop_other_logs(files));
  HAPAX_TRY(drop_copied(files));
  if (files.empty()) {
    return {};
  }
  const Known last = files.back();
  files.pop_back();
  {
    const MutexLock lock(mutex_);
    files_ = std::move(files);
  }
  return take_up(last);
}

/// By sequence. What has no header holds nothing that could be used.
Result<std::vector<VerdictLog::Known>> VerdictLog::list() {
  std::vector<Known> files;
  HAPAX_ASSIGN(const std::vector<std::string> names, storage_.list(settings_.directory));
  for (const std::string& name : names) {
    const auto sequence = verdict_format::sequence_of(name);
    if (!sequence) {
      continue;
    }
    next_sequence_ = *sequence + 1;
    const std::string path = path_of(*sequence);
    Result<FileHeader> header = VerdictFile::read_header(path, storage_);
    if (header && header->sequence == *sequence) {
      HAPAX_ASSIGN(const auto file, storage_.open(path, OpenMode::kRead));
      HAPAX_ASSIGN(const std::uint64_t bytes, file->size());
      files.push_back({.header = std::move(*header), .bytes = bytes});
    } else if (header || header.error().kind == ErrorKind::kCorrupt) {
      note_damage(*sequence, 1);
      HAPAX_TRY(storage_.unlink(path));
    } else {
      return header.error();
    }
  }
  return files;
}

Result<void> VerdictLog::drop_other_logs(std::vector<Known>& files) {
  const bool all_ours = std::ranges::all_of(files, [this](const Known& file) {
    return file.header.key_id == settings_.key_id &&
           file.header.partitions.size() == settings_.partition_count;
  });
  if (all_ours) {
    return {};
  }
  for (const Known& file : files) {
    HAPAX_TRY(storage_.unlink(path_of(file.header.sequence)));
  }
  files.clear();
  const MutexLock lock(mutex_);
  ++begun_anew_;
  begun_anew_reason_ = "they are of a log with another key or other partitions";
  return {};
}

/// Files that were taken up by their successor, when a crash came before they were removed.
Result<void> VerdictLog::drop_copied(std::vector<Known>& files) {
  for (std::size_t i = 0; i + 1 < files.size();) {
    if (files[i].header.partitions == files[i + 1].header.partitions) {
      HAPAX_TRY(storage_.unlink(path_of(files[i].header.sequence)));
      files.erase(files.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return {};
}

// Its blocks are written again, into a file of this process: what is torn is left out, and what is
// in the page cache alone, where a later sync would prove nothing of it, becomes durable.
Result<void> VerdictLog::take_up(const Known& last) {
  const std::string path = path_of(last.header.sequence);
  HAPAX_ASSIGN(const auto file, VerdictFile::read(path, storage_));
  note_damage(last.header.sequence, file->damaged());
  std::vector<Progress> progress = last.header.partitions;
  std::vector<Part> parts;
  for (const verdict_format::BlockPlace& place : file->blocks()) {
    if (place.partition.value() < progress.size()) {
      follow(progress[place.partition.value()], place);
      parts.push_back({place.partition, file->decode(place), place.digest_after});
    }
  }
  HAPAX_TRY(make_file(last.header.partitions, parts));
  HAPAX_TRY(storage_.unlink(path));
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < progress.size(); ++i) {
    partitions_[i].saved = progress[i];
  }
  return {};
}

void VerdictLog::begin_anew(std::span<const PartitionStart> at, std::string reason) {
  const MutexLock lock(mutex_);
  const bool had_any = std::ranges::any_of(partitions_, [](const Partition& partition) {
    return partition.end() > partition.saved.complete_from;
  });
  if (had_any || !files_.empty()) {
    ++begun_anew_;
    begun_anew_reason_ = std::move(reason);
  }
  ++life_;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    partitions_[i] = {
        .saved = {.complete_from = at[i].offset, .last_base = at[i].offset, .end = at[i]},
        .unsaved = {}};
  }
}

void VerdictLog::add(PartitionId partition, const VerdictRun& run) {
  const MutexLock lock(mutex_);
  Partition& known = partitions_[partition.value()];
  const Offset end = known.end();
  assert(run.verdicts.empty() || run.base <= end);
  if (run.end() > end) {
    const auto old = static_cast<std::ptrdiff_t>(end.value() - run.base.value());
    known.unsaved.insert(known.unsaved.end(), run.verdicts.begin() + old, run.verdicts.end());
  }
}

FrozenVerdicts VerdictLog::freeze(std::span<const PartitionStart> at,
                                  std::vector<Offset> log_starts) const {
  const MutexLock lock(mutex_);
  FrozenVerdicts frozen{.life = life_, .parts = {}, .log_starts = std::move(log_starts)};
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const Offset base = partitions_[i].saved.end.offset;
    if (at[i].offset > base) {
      const auto count = static_cast<std::ptrdiff_t>(at[i].offset.value() - base.value());
      const auto from = partitions_[i].unsaved.begin();
      frozen.parts.push_back({PartitionId(static_cast<std::uint32_t>(i)),
                              {.base = base, .verdicts = {from, from + count}},
                              at[i].digest});
    }
  }
  return frozen;
}

Result<void> VerdictLog::save(const FrozenVerdicts& frozen) {
  Unsaved unsaved = not_saved(frozen);
  if (!unsaved.parts.empty()) {
    if (file_life_ != frozen.life || file_bytes_ >= settings_.file_bytes) {
      file_.reset();
    }
    Result<void> written =
        file_ ? append(unsaved.parts) : make_file(std::move(unsaved.before), unsaved.parts);
    if (!written) {
      file_.reset();  // What a failed sync leaves behind is not known: the next file takes it.
      return written;
    }
    file_life_ = frozen.life;
    commit(frozen.life, unsaved.parts);
  }
  retire(frozen.log_starts);
  return {};
}

/// The parts that an earlier attempt has not saved; none once the log has begun anew.
VerdictLog::Unsaved VerdictLog::not_saved(const FrozenVerdicts& frozen) const {
  const MutexLock lock(mutex_);
  Unsaved unsaved;
  for (const Partition& partition : partitions_) {
    unsaved.before.push_back(partition.saved);
  }
  for (const Part& part : frozen.parts) {
    if (frozen.life == life_ &&
        part.run.base == unsaved.before[part.partition.value()].end.offset) {
      unsaved.parts.push_back(part);
    }
  }
  return unsaved;
}

std::vector<Progress> VerdictLog::progress() const {
  const MutexLock lock(mutex_);
  std::vector<Progress> progress;
  progress.reserve(partitions_.size());
  for (const Partition& partition : partitions_) {
    progress.push_back(partition.saved);
  }
  return progress;
}

/// Makes the next file, with `parts` in it, the last one.
Result<void> VerdictLog::make_file(std::vector<Progress> partitions,
                                   const std::vector<Part>& parts) {
  Known known{.header = {.sequence = next_sequence_++,
                         .salt = random_.next(),
                         .key_id = settings_.key_id,
                         .partitions = std::move(partitions)}};
  std::string bytes = encode_header(known.header);
  for (const Part& part : parts) {
    verdict_format::append_block(part.partition, part.run, part.digest_after, known.header.salt, 0,
                                 bytes);
  }
  known.bytes = bytes.size();
  const std::string preparing = settings_.directory + "/" + kPreparing;
  HAPAX_ASSIGN(auto file, storage_.open(preparing, OpenMode::kCreateOrTruncate));
  HAPAX_TRY(file->append(std::as_bytes(std::span(bytes))));
  HAPAX_TRY(file->sync());
  HAPAX_TRY(storage_.rename(preparing, path_of(known.header.sequence)));
  HAPAX_TRY(storage_.sync_directory(settings_.directory));
  file_salt_ = known.header.salt;
  file_bytes_ = known.bytes;
  const MutexLock lock(mutex_);
  files_.push_back(std::move(known));
  file_ = std::move(file);  // Last: for want of memory the next attempt makes another one.
  return {};
}

Result<void> VerdictLog::append(const std::vector<Part>& parts) {
  std::string bytes;
  for (const Part& part : parts) {
    verdict_format::append_block(part.partition, part.run, part.digest_after, file_salt_,
                                 file_bytes_, bytes);
  }
  HAPAX_TRY(file_->append(std::as_bytes(std::span(bytes))));
  HAPAX_TRY(file_->sync());
  file_bytes_ += bytes.size();
  const MutexLock lock(mutex_);
  files_.back().bytes = file_bytes_;
  return {};
}

void VerdictLog::commit(std::uint64_t life, const std::vector<Part>& parts) {
  const MutexLock lock(mutex_);
  for (const Part& part : parts) {
    if (life == life_) {
      Partition& partition = partitions_[part.partition.value()];
      partition.saved.last_base = part.run.base;
      partition.saved.end = {.offset = part.run.end(), .digest = part.digest_after};
      const auto from = partition.unsaved.begin();
      partition.unsaved.erase(from, from + static_cast<std::ptrdiff_t>(part.run.verdicts.size()));
    }
  }
}

// From the oldest on; one that cannot be removed is tried again by the next save, nobody waits for
// it.
void VerdictLog::retire(const std::vector<Offset>& log_starts) {
  while (oldest_is_for_nobody(log_starts)) {
    std::uint64_t oldest = 0;
    {
      const MutexLock lock(mutex_);
      oldest = files_.front().header.sequence;
    }
    if (!storage_.unlink(path_of(oldest))) {
      return;
    }
    const MutexLock lock(mutex_);
    files_.erase(files_.begin());
  }
}

/// Whether all that is in the oldest file is below the log's start, or of before verdicts began
/// anew. Never of the last file.
bool VerdictLog::oldest_is_for_nobody(const std::vector<Offset>& log_starts) const {
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; files_.size() > 1 && i < partitions_.size(); ++i) {
    const Offset wanted_from = std::max(log_starts[i], partitions_[i].saved.complete_from);
    const Offset begin = files_[0].header.partitions[i].end.offset;
    const Offset end = files_[1].header.partitions[i].end.offset;
    if (begin < end && end > wanted_from) {
      return false;
    }
  }
  return files_.size() > 1;
}

std::vector<Offset> VerdictLog::ends() const {
  const MutexLock lock(mutex_);
  std::vector<Offset> ends;
  ends.reserve(partitions_.size());
  for (const Partition& partition : partitions_) {
    ends.push_back(partition.end());
  }
  return ends;
}

std::uint64_t VerdictLog::unsaved() const {
  const MutexLock lock(mutex_);
  std::uint64_t unsaved = 0;
  for (const Partition& partition : partitions_) {
    unsaved += partition.unsaved.size();
  }
  return unsaved;
}

VerdictLogStats VerdictLog::stats() const {
  VerdictLogStats stats;
  stats.unsaved = unsaved();
  const MutexLock lock(mutex_);
  for (const Known& file : files_) {
    stats.disk_bytes += file.bytes;
  }
  for (const auto& [sequence, blocks] : damaged_) {
    stats.blocks_damaged += blocks;
  }
  for (const Partition& partition : partitions_) {
    stats.complete_from.push_back(partition.saved.complete_from);
  }
  stats.begun_anew = begun_anew_;
  stats.begun_anew_reason = begun_anew_reason_;
  return stats;
}

std::string VerdictLog::path_of(std::uint64_t sequence) const {
  return settings_.directory + "/" + verdict_format::file_name(sequence);
}

VerdictLog::Place VerdictLog::locate(PartitionId partition, Offset from) const {
  const MutexLock lock(mutex_);
  const std::size_t index = partition.value();
  const Partition& of = partitions_[index];
  const Offset saved = of.saved.end.offset;
  Place place{.from = std::max(from, of.saved.complete_from),
              .saved = saved,
              .in_memory = {},
              .until = saved};
  if (place.from >= saved) {
    const auto skip = std::min(place.from.value() - saved.value(), of.unsaved.size());
    place.in_memory = {
        .base = place.from,
        .verdicts = {of.unsaved.begin() + static_cast<std::ptrdiff_t>(skip), of.unsaved.end()}};
    return place;
  }
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
    const Offset begin = file->header.partitions[index].end.offset;
    if (begin <= place.from) {
      place.sequence = file->header.sequence;
      place.file_bytes = file->bytes;
      place.is_last = file == files_.rbegin();
      return place;
    }
    place.until = begin;
  }
  return place;
}

void VerdictLog::note_damage(std::uint64_t sequence, std::size_t blocks) {
  const MutexLock lock(mutex_);
  if (blocks > 0) {
    damaged_[sequence] = blocks;
  }
}

}  // namespace hapax
