// SPDX-License-Identifier: Apache-2.0
#include "cluster/control_state.hpp"

#include <algorithm>
#include <cstdint>

#include "bytes/bytes.hpp"

namespace hapax {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

void ControlState::apply(const ControlNote& note, Offset offset, ProcessingTime appended_at) {
  if (std::holds_alternative<SnapshotPart>(note)) {
    return;  // It says nothing that is new, not even what time it is.
  }
  if (!begins_too_late(note)) {
    settings_.apply(note);
  }
  // What is brought in was received before: nothing is complete until all of it is there.
  completeness_.apply(note, appended_at, settings_.newest().is_migrating());
  reports_.apply(note, offset, appended_at);
}

bool ControlState::begins_too_late(const ControlNote& note) const {
  const auto* settings = std::get_if<ClusterSettings>(&note);
  if (settings == nullptr || !settings->is_migrating()) {
    return false;
  }
  const std::optional<MigratedLog>& known = settings_.newest().migrated;
  const bool goes_on = known && !known->is_done && known->log.log == settings->migrated->log.log;
  return !goes_on && (known || !reports_.since(Offset(0)).empty());
}

/// A process that brought events in and was killed has not said where all of them are.
Offset ControlState::settled_end(PartitionId partition) const {
  const std::optional<MigratedLog>& migrated = settings_.newest().migrated;
  const bool is_known = migrated && migrated->is_done;
  return std::max(reports_.settled_end(partition),
                  is_known ? migrated->log.in.at(partition.value()) : Offset(0));
}

std::string ControlState::encode() const {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u8(kVersion);
  completeness_.encode(out);
  settings_.encode(out);
  reports_.encode(out);
  return bytes;
}

Result<void> ControlState::restore(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.u8() != kVersion) {
    return Error{ErrorKind::kInvalid, "a snapshot of the topic of control is of another format",
                 "start a version of Hapax that is at least as new as the others"};
  }
  completeness_.restore(in);
  HAPAX_TRY(settings_.restore(in));
  HAPAX_TRY(reports_.restore(in));
  if (!in.ok() || !in.at_end()) {
    return Error{ErrorKind::kCorrupt, "a snapshot of the topic of control is damaged"};
  }
  return {};
}

}  // namespace hapax
