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
  if (failure_) {
    return *failure_;
  }
  if (!start_ || !end_) {
    ask_for_extent();
    return {};
  }
  Result<void> done = reader_ ? Result<void>() : look_for_snapshot();
  if (done && reader_) {
    done = follow();
  }
  if (done || failure_ || done.error().kind != ErrorKind::kCorrupt) {
    return done;
  }
  gone_ = done.error();
  look_anew();
  return {};
}

/// The start first: what is deleted meanwhile is noticed when it is read.
void ControlFollower::ask_for_extent() {
  if (std::exchange(asking_, true)) {
    return;
  }
  const auto found = [this](std::optional<Offset>& place) {
    return [this, &place](const Result<Offset>& offset) {
      asking_ = false;
      if (offset) {
        place = *offset;
      }
    };
  };
  if (!start_) {
    control_.first_since(kControl, ProcessingTime(), found(start_));
  } else {
    control_.end_offset(kControl, found(end_));
  }
}

/// The last records, up to the end that was there.
Result<void> ControlFollower::look_for_snapshot() {
  if (!look_) {
    looked_from_ = std::max(*start_, Offset(end_->value() - std::min(end_->value(), looks_at_)));
    look_ = control_.read(kControl, looked_from_);
  }
  if (look_->position() < *end_) {
    HAPAX_ASSIGN(const auto records, look_->poll(kNotesAtOnce));
    for (const TopicRecord& record : records) {
      HAPAX_ASSIGN(const ControlNote note, decode(record));
      if (const auto* part = std::get_if<SnapshotPart>(&note)) {
        parts_.add(*part);
      }
    }
  }
  return look_->position() < *end_ ? Result<void>() : begin_or_look_further();
}

/// One that is of before what was looked at may have come late, behind a newer one.
Result<void> ControlFollower::begin_or_look_further() {
  look_.reset();
  if (begin_at(parts_.newest()) || begin_at(parts_.former())) {
    return {};
  }
  if (looked_from_ > *start_) {
    looks_at_ *= kLooksGrowBy;
    return {};
  }
  if (gone_) {
    failure_ = gone_;
    return *failure_;
  }
  began_at_ = read_until_;
  reader_ = control_.read(kControl, began_at_);
  return {};
}

bool ControlFollower::begin_at(const std::optional<ControlSnapshot>& snapshot) {
  ControlState state(settings_.first_settings);
  if (!snapshot || snapshot->as_of < std::max(looked_from_, read_until_) ||
      !state.restore(snapshot->bytes)) {
    return false;
  }
  gone_.reset();
  state_ = std::move(state);
  snapshot_bytes_ = snapshot->bytes.size();
  began_at_ = snapshot->as_of;
  reader_ = control_.read(kControl, began_at_);
  return true;
}

Result<void> ControlFollower::follow() {
  is_at_end_ = false;  // Who gets an error does not know.
  HAPAX_ASSIGN(const auto records, reader_->poll(kNotesAtOnce));
  is_at_end_ = records.size() < kNotesAtOnce;
  for (const TopicRecord& record : records) {
    HAPAX_ASSIGN(const ControlNote note, decode(record));
    state_.apply(note, record.offset, record.appended_at);
    const auto* part = std::get_if<SnapshotPart>(&note);
    if (part == nullptr) {
      bytes_ += record.entry.value.size();
    } else if (parts_.add(*part)) {
      snapshot_bytes_ = parts_.newest()->bytes.size();
      bytes_ = 0;
    }
  }
  read_until_ = reader_->position();
  return {};
}

Result<ControlNote> ControlFollower::decode(const TopicRecord& record) {
  Result<ControlNote> note = decode_note(record.entry.value);
  if (!note) {
    failure_ = note.error();
  }
  return note;
}

void ControlFollower::look_anew() {
  look_.reset();
  reader_.reset();
  start_.reset();
  end_.reset();
  is_at_end_ = false;
  looks_at_ = settings_.first_look_records;
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
