// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/repair.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/local_log/log_copier.hpp"
#include "adapters/local_log/log_core.hpp"
#include "adapters/local_log/log_id_file.hpp"
#include "adapters/local_log/log_salvage.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

using log_format::SegmentHeader;
using Segments = std::vector<SalvagedSegment>;

/// The records of a repaired log get no younger: its segments are as old as those that they are
/// from.
class SegmentClock : public Clock {
 public:
  ProcessingTime now() const override { return now_; }
  std::chrono::nanoseconds monotonic() const override { return {}; }
  void set(ProcessingTime now) { now_ = now; }

 private:
  ProcessingTime now_;
};

/// What came before a segment without a header, by what its frames say.
Result<std::vector<PartitionStart>> starts_of_frames(const SalvagedSegment& segment,
                                                     const LocalLogSettings& settings,
                                                     Storage& storage) {
  std::vector<std::optional<PartitionStart>> found(settings.partition_count);
  const SalvageSink sink{.frame =
                             [&found](std::span<const LogBatch> frame) {
                               for (const auto& batch : frame) {
                                 const auto p = batch.partition.value();
                                 if (p < found.size() && !found[p]) {
                                   found[p] = {.offset = batch.base_offset, .digest = {}};
                                 }
                               }
                               return Result<void>();
                             },
                         .problem = [](const Error&) {}};
  HAPAX_TRY(salvage_frames(segment, storage, sink));
  std::vector<PartitionStart> starts;
  starts.reserve(found.size());
  for (const auto& start : found) {
    starts.push_back(start.value_or(PartitionStart{}));
  }
  return starts;
}

/// With what the headers say; all of them must say the same.
Result<LocalLogSettings> settings_of(const Segments& segments, LocalLogSettings settings) {
  const SegmentHeader* first = nullptr;
  for (const auto& segment : segments) {
    if (segment.header && first == nullptr) {
      first = &*segment.header;
      settings.partition_count = static_cast<std::uint32_t>(first->partitions.size());
    }
    if (segment.header) {
      auto checked = settings;
      checked.key_id = segment.header->version == 1 ? 0 : settings.key_id;
      HAPAX_TRY(check_settings(*segment.header, checked));
    }
  }
  return settings;
}

bool is_version_one(const SalvagedSegment& segment) {
  return segment.header && segment.header->version == 1;
}

Result<LogStart> find_start(const Segments& segments, const LocalLogSettings& settings,
                            Storage& storage) {
  const auto& first = segments.front();
  LogStart start;
  if (first.header) {
    start.partitions = first.header->partitions;
    HAPAX_ASSIGN(start.controls, controls_of(first.header->controls));
  } else if (first.generation.sequence == 1) {
    start.partitions.resize(settings.partition_count);
  } else {
    HAPAX_ASSIGN(start.partitions, starts_of_frames(first, settings, storage));
  }
  for (auto& partition : start.partitions) {
    partition.digest = is_version_one(first) ? Digest() : partition.digest;
  }
  return start;
}

Result<void> remove_files(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const bool there, storage.exists(directory));
  if (!there) {
    return {};
  }
  HAPAX_ASSIGN(const auto names, storage.list(directory));
  for (const auto& name : names) {
    HAPAX_TRY(storage.unlink(fmt::format("{}/{}", directory, name)));
  }
  return {};
}

Result<void> copy(const Segments& segments, Storage& storage, LogCopier& copier,
                  SegmentClock& clock, RepairReport& report) {
  const SalvageSink sink{
      .frame = [&copier](std::span<const LogBatch> frame) { return copier.take(frame); },
      .problem = [&report](Error error) { report.problems.push_back(std::move(error)); }};
  for (const auto& segment : segments) {
    if (segment.header) {
      clock.set(segment.header->created_at);
      HAPAX_TRY(copier.begin_segment(*segment.header));
    }
    HAPAX_TRY(salvage_frames(segment, storage, sink));
  }
  return {};
}

std::optional<DurableEnd> noted_end(const std::string& directory, Storage& storage,
                                    RepairReport& report) {
  auto end = EndFile::read(directory, storage);
  if (!end) {
    report.problems.push_back(end.error());
    return std::nullopt;
  }
  return *std::move(end);
}

}  // namespace

std::string repaired_directory(const std::string& directory) {
  return directory + ".repaired";
}

Result<RepairReport> repair_log(const LocalLogSettings& wanted, RepairMode mode,
                                const IdHash& id_hash, Storage& storage, Random& random) {
  RepairReport report;
  std::unique_ptr<File> lock;
  if (mode == RepairMode::kWrite) {
    HAPAX_ASSIGN(lock, storage.lock(wanted.directory + "/lock"));
  }
  HAPAX_ASSIGN(const auto segments,
               find_salvageable(wanted.directory, storage, [&report](Error error) {
                 report.problems.push_back(std::move(error));
               }));
  HAPAX_ASSIGN(const auto settings, settings_of(segments, wanted));
  report.rekeyed = is_version_one(segments.front());
  HAPAX_ASSIGN(const auto start, find_start(segments, settings, storage));
  SegmentClock clock;
  std::unique_ptr<LogCore> target;
  if (mode == RepairMode::kWrite) {
    auto target_settings = settings;
    target_settings.directory = repaired_directory(settings.directory);
    HAPAX_TRY(remove_files(target_settings.directory, storage));
    clock.set(segments.front().header ? segments.front().header->created_at : ProcessingTime());
    HAPAX_ASSIGN(target, LogCore::begin(target_settings, storage, clock, random, start));
  }
  LogCopier copier(start, target.get(), id_hash, report);
  HAPAX_TRY(copy(segments, storage, copier, clock, report));
  const std::optional<DurableEnd> end = noted_end(settings.directory, storage, report);
  HAPAX_TRY(copier.finish(end));
  if (target) {
    HAPAX_TRY(target->seal());
    HAPAX_TRY(target->note_end());
  }
  // Without its end it is not known which offsets it had given.
  if (target && end && !report.renumbered) {
    HAPAX_TRY(
        take_over_log_id(settings.directory, repaired_directory(settings.directory), storage));
  }
  return report;
}

Result<std::string> put_repaired_in_place(const std::string& directory, Storage& storage) {
  const auto repaired = repaired_directory(directory);
  HAPAX_ASSIGN(const bool there, storage.exists(directory));
  auto damaged = directory + ".damaged";
  for (int number = 2; there; ++number) {
    HAPAX_ASSIGN(const bool taken, storage.exists(damaged));
    if (!taken) {
      HAPAX_TRY(storage.rename(directory, damaged));
      break;
    }
    damaged = fmt::format("{}.damaged-{}", directory, number);
  }
  HAPAX_TRY(storage.rename(repaired, directory));
  HAPAX_TRY(storage.sync_directory(directory + "/.."));
  return damaged;
}

}  // namespace hapax
