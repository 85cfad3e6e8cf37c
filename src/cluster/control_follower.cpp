// SPDX-License-Identifier: Apache-2.0
#include "cluster/control_follower.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

constexpr PartitionId kControl{0};
constexpr std::size_t kNotesAtOnce = 1024;
constexpr std::uint64_t kLooksGrowBy = 4;
constexpr std::uint64_t kNotesPerSnapshot = 8;  // In bytes.

}  // namespace

ControlFollower::ControlFollower(Topic& control, const ControlFollowerSettings& settings)
    : control_(control),
      settings_(settings),
      looks_at_(settings.first_look_records),
      state_(settings.first_settings) {}

Result<void> ControlFollower::step() {
  if (!end_ && !std::exchange(asking_, true)) {
    control_.end_offset(kControl, [this](const Result<Offset>& end) {
      asking_ = false;
      if (end) {
        end_ = *end;
      }
    });
  }
  if (failure_) {
    return *failure_;
  }
  if (end_ && !reader_) {
    HAPAX_TRY(look_for_snapshot());
  }
  return reader_ ? follow() : Result<void>();
}

/// The last records, up to the end that was there.
Result<void> ControlFollower::look_for_snapshot() {
  if (!look_) {
    looked_from_ = Offset(end_->value() - std::min(end_->value(), looks_at_));
    look_ = control_.read(kControl, looked_from_);
  }
  if (look_->position() < *end_) {
    HAPAX_ASSIGN(const auto records, look_->poll(kNotesAtOnce));
    for (const TopicRecord& record : records) {
      const Result<ControlNote> note = decode_note(record.entry.value);
      if (!note) {
        failure_ = note.error();
        return note.error();
      }
      if (const auto* part = std::get_if<SnapshotPart>(&*note)) {
        parts_.add(*part);
      }
    }
  }
  if (look_->position() >= *end_) {
    begin_or_look_further();
  }
  return {};
}

/// One that is of before what was looked at may have come late, behind a newer one.
void ControlFollower::begin_or_look_further() {
  const std::optional<ControlSnapshot>& snapshot = parts_.newest();
  ControlState state(settings_.first_settings);
  if (snapshot && snapshot->as_of >= looked_from_ && state.restore(snapshot->bytes)) {
    state_ = std::move(state);
    snapshot_bytes_ = snapshot->bytes.size();
    began_at_ = snapshot->as_of;
  } else if (looked_from_ > Offset(0)) {
    looks_at_ *= kLooksGrowBy;
    look_.reset();
    return;
  }
  look_.reset();
  reader_ = control_.read(kControl, began_at_);
}

Result<void> ControlFollower::follow() {
  HAPAX_ASSIGN(const auto records, reader_->poll(kNotesAtOnce));
  is_at_end_ = records.size() < kNotesAtOnce;
  for (const TopicRecord& record : records) {
    const Result<ControlNote> note = decode_note(record.entry.value);
    if (!note) {
      failure_ = note.error();
      return note.error();
    }
    state_.apply(*note, record.offset, record.appended_at);
    const auto* part = std::get_if<SnapshotPart>(&*note);
    if (part == nullptr) {
      bytes_ += record.entry.value.size();
    } else if (parts_.add(*part)) {
      snapshot_bytes_ = parts_.newest()->bytes.size();
      bytes_ = 0;
    }
  }
  return {};
}

bool ControlFollower::wants_snapshot() const {
  return has_read_all() && bytes_ >= settings_.snapshot_after_bytes &&
         bytes_ >= kNotesPerSnapshot * snapshot_bytes_;
}

std::vector<SnapshotPart> ControlFollower::snapshot(std::uint64_t nonce) {
  const ControlSnapshot snapshot{.as_of = reader_->position(), .bytes = state_.encode()};
  bytes_ = 0;
  snapshot_bytes_ = snapshot.bytes.size();
  return parts_of(snapshot, nonce, settings_.part_bytes_max);
}

}  // namespace hapax
