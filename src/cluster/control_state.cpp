// SPDX-License-Identifier: Apache-2.0
#include "cluster/control_state.hpp"

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
  completeness_.apply(note, appended_at);
  settings_.apply(note);
  reports_.apply(note, offset, appended_at);
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
