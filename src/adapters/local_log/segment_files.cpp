// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/segment_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/local_log/segment_open.hpp"
#include "adapters/local_log/twin_format.hpp"

namespace hapax {
namespace {

constexpr std::string_view kPreparing = "preparing.tmp";

std::string raw_of(std::string_view twin) {
  return std::string(twin.substr(0, twin.size() - log_format::kTwinSuffix.size()));
}

std::string spare_name(std::uint64_t number) {
  return fmt::format("{:020}{}", number, log_format::kSpareSuffix);
}

}  // namespace

Result<void> SegmentFiles::open() {
  HAPAX_ASSIGN(const auto names, storage_.list(settings_.directory));
  const MutexLock lock(mutex_);
  for (const auto& name : names) {
    if (name == kPreparing || name == twin_format::kUnfinished) {
      HAPAX_TRY(storage_.unlink(path_of(name)));
    } else if (name.ends_with(log_format::kSpareSuffix)) {
      HAPAX_ASSIGN(const auto file, storage_.open(path_of(name), OpenMode::kRead));
      HAPAX_ASSIGN(const auto size, file->size());
      if (size != settings_.segment_bytes) {  // Of another setting, or cut short.
        HAPAX_TRY(storage_.unlink(path_of(name)));
        continue;
      }
      std::uint64_t number = 0;
      std::from_chars(name.data(), name.data() + name.size(), number);
      next_spare_ = std::max(next_spare_, number + 1);
      spares_.push_back(path_of(name));
    } else if (is_twin(name) && log_format::sequence_of(raw_of(name)) &&
               std::ranges::binary_search(names, raw_of(name))) {
      doubled_.push_back(path_of(name));
    }
  }
  return {};
}

Result<void> SegmentFiles::remove_doubled() {
  const MutexLock lock(mutex_);
  for (; !doubled_.empty(); doubled_.pop_back()) {
    HAPAX_TRY(storage_.unlink(doubled_.back()));
  }
  return {};
}

Result<void> SegmentFiles::prepare() {
  const MutexLock one_at_a_time(prepare_mutex_);
  if (spare_count() > 0) {
    return {};
  }
  const auto unfinished = path_of(std::string(kPreparing));
  HAPAX_ASSIGN(const auto file, storage_.open(unfinished, OpenMode::kCreateOrTruncate));
  if (auto filled = fill(*file); !filled) {
    storage_.unlink(unfinished).permit_unchecked_error();  // The first error is the one to tell.
    return filled;
  }
  const MutexLock lock(mutex_);
  const auto path = path_of(spare_name(next_spare_));
  HAPAX_TRY(storage_.rename(unfinished, path));
  ++next_spare_;
  spares_.push_back(path);
  return {};
}

Result<void> SegmentFiles::fill(File& file) const {
  HAPAX_TRY(file.allocate(settings_.segment_bytes));
  return file.sync();
}

Result<SegmentFiles::Staged> SegmentFiles::stage(log_format::SegmentHeader header) {
  HAPAX_TRY(prepare());
  Staged staged{.spare = {}, .file = {}, .header = std::move(header)};
  {
    const MutexLock lock(mutex_);
    staged.spare = spares_.back();
  }
  HAPAX_ASSIGN(staged.file, storage_.open(staged.spare, OpenMode::kReadWrite));
  HAPAX_ASSIGN(staged.header.file_bytes, staged.file->size());
  if (auto written = write_header(*staged.file, staged.header); !written) {
    // After a failed sync nobody knows what the file holds, so it is none to try again with.
    forget(staged.spare);
    storage_.unlink(staged.spare).permit_unchecked_error();
    return std::move(written).error();
  }
  return staged;
}

Result<void> SegmentFiles::write_header(File& file, const log_format::SegmentHeader& header) {
  const auto bytes = encode_header(header);
  HAPAX_TRY(file.write_at(0, std::as_bytes(std::span(bytes.data(), bytes.size()))));
  return file.sync();
}

Result<SegmentFiles::Active> SegmentFiles::activate(Staged& staged) {
  Active active{.path = path_of(log_format::segment_name(staged.header.generation.sequence)),
                .file = std::move(staged.file)};
  HAPAX_TRY(storage_.rename(staged.spare, active.path));
  forget(staged.spare);
  if (auto synced = storage_.sync_directory(settings_.directory); !synced) {
    auto error = std::move(synced).error();
    error.kind = ErrorKind::kUnavailable;  // Even when the disk was full: the name may be there.
    return error;
  }
  return active;
}

void SegmentFiles::forget(const std::string& spare) {
  const MutexLock lock(mutex_);
  std::erase(spares_, spare);
}

Result<void> SegmentFiles::retire(const std::string& path, std::uint64_t bytes) {
  if (is_twin(path)) {
    HAPAX_TRY(remove_if_there(raw_of(path)));
    HAPAX_TRY(remove_if_there(path));
  } else {
    HAPAX_TRY(remove_if_there(twin_of(path)));
    HAPAX_TRY(take_away(path, bytes));
  }
  // Before the next one goes: names must not come back in the middle of the sequence.
  return sync_names();
}

Result<void> SegmentFiles::recycle(const std::string& raw_path, std::uint64_t bytes) {
  HAPAX_TRY(take_away(raw_path, bytes));
  return sync_names();
}

/// Does nothing when a call that failed later has done it.
Result<void> SegmentFiles::take_away(const std::string& raw_path, std::uint64_t bytes) {
  HAPAX_ASSIGN(const bool there, storage_.exists(raw_path));
  if (!there) {
    return {};
  }
  std::string spare;
  {
    const MutexLock lock(mutex_);
    if (bytes == settings_.segment_bytes &&
        spares_.size() + unsynced_spares_.size() < settings_.spares_max) {
      spare = path_of(spare_name(next_spare_++));
    }
  }
  if (spare.empty()) {
    return storage_.unlink(raw_path);
  }
  HAPAX_TRY(storage_.rename(raw_path, spare));
  const MutexLock lock(mutex_);
  ++recycled_;
  unsynced_spares_.push_back(spare);
  return {};
}

Result<void> SegmentFiles::remove_if_there(const std::string& path) {
  HAPAX_ASSIGN(const bool there, storage_.exists(path));
  return there ? storage_.unlink(path) : Result<void>();
}

/// What was renamed before it may be written to behind it.
Result<void> SegmentFiles::sync_names() {
  std::vector<std::string> covered;
  {
    const MutexLock lock(mutex_);
    covered = unsynced_spares_;
  }
  HAPAX_TRY(storage_.sync_directory(settings_.directory));
  const MutexLock lock(mutex_);
  for (const auto& spare : covered) {
    if (std::erase(unsynced_spares_, spare) > 0) {
      spares_.push_back(spare);
    }
  }
  return {};
}

std::size_t SegmentFiles::spare_count() const {
  const MutexLock lock(mutex_);
  return spares_.size();
}

std::uint64_t SegmentFiles::recycled_count() const {
  const MutexLock lock(mutex_);
  return recycled_;
}

}  // namespace hapax
