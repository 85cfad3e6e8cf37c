// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/controls.hpp"

#include <fmt/format.h>

#include "adapters/local_log/format.hpp"
#include "record/event.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

std::size_t framed_bytes(std::string_view record) {
  std::string framed;
  append_framed(record, framed);
  return framed.size();
}

}  // namespace

Result<std::string> control_kind(std::string_view record) {
  const auto event = decode_event(record);
  const auto control = event ? decode_control(event->control) : Result<ControlView>(event.error());
  if (!control) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "this is no control record: " + control.error().message};
  }
  return std::string(control->kind);
}

Result<void> ControlsInForce::take(std::string_view record) {
  HAPAX_ASSIGN(auto kind, control_kind(record));
  if (kind == kLostKind) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("the kind \"{}\" is for repaired logs", kind)};
  }
  std::size_t bytes = framed_bytes(record);
  for (const auto& [other_kind, other] : records_) {
    bytes += other_kind == kind ? 0 : framed_bytes(other);
  }
  if (bytes > log_format::kControlsBytesMax) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = fmt::format("with the control record \"{}\" those in force are {} "
                                        "bytes, at most {} are kept",
                                        kind, bytes, log_format::kControlsBytesMax)};
  }
  records_.insert_or_assign(std::move(kind), record);
  return {};
}

std::vector<std::string> ControlsInForce::records() const {
  std::vector<std::string> records;
  records.reserve(records_.size());
  for (const auto& [kind, record] : records_) {
    records.push_back(record);
  }
  return records;
}

Result<ControlsInForce> controls_of(std::span<const std::string> records) {
  ControlsInForce controls;
  for (const auto& record : records) {
    if (auto taken = controls.take(record); !taken) {
      return Error{.kind = ErrorKind::kCorrupt, .message = taken.error().message};
    }
  }
  if (controls.records().size() != records.size()) {
    return Error{.kind = ErrorKind::kCorrupt, .message = "two control records of one kind"};
  }
  return controls;
}

}  // namespace hapax
