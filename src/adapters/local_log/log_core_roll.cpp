// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_core.hpp"

namespace hapax {

using namespace log_format;  // NOLINT: this file is about the format.

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

}  // namespace hapax
