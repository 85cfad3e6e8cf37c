// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_core.hpp"

#include <fmt/format.h>

#include "adapters/local_log/log_id_file.hpp"
#include "adapters/local_log/repair.hpp"

namespace hapax {
namespace {

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

}  // namespace

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
    // Its offsets are none of those that a log in this folder has had.
    HAPAX_ASSIGN(core->id_, make_log_id(settings.directory, storage, random));
    HAPAX_TRY(core->roll());
  } else {
    HAPAX_TRY(core->recover_active(segments));
    HAPAX_ASSIGN(core->id_, read_or_make_log_id(settings.directory, storage, random));
  }
  HAPAX_TRY(core->files_.remove_doubled());
  core->catalog_.publish({core->generation_.sequence, core->position_}, core->end_offsets());
  core->catalog_.set_controls(core->controls_.records());
  return core;
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
