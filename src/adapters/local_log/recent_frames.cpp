// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/recent_frames.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

constexpr std::size_t kSpareMax = 2;  ///< Times the memory of the newest frame.

}  // namespace

using log_format::WrittenFrame;

WrittenFrame RecentFrames::add(const log_format::Generation& generation, std::uint64_t position,
                               WrittenFrame written) {
  const std::size_t size = written.memory_bytes();
  if (size > bytes_max_) {
    return {};
  }
  Frame frame{.generation = generation,
              .position = position,
              .written = std::make_shared<WrittenFrame>(std::move(written))};
  WrittenFrame spare;
  const MutexLock lock(mutex_);
  frames_.push_back(std::move(frame));
  bytes_ += size;
  while (bytes_ > bytes_max_) {
    const std::shared_ptr<WrittenFrame> oldest = std::move(frames_.front().written);
    frames_.pop_front();
    bytes_ -= oldest->memory_bytes();
    // Nobody reads it, and nobody can find it any more. What is much larger than frames are now
    // would take the room of many.
    if (oldest.use_count() == 1 && oldest->memory_bytes() <= kSpareMax * size) {
      spare = std::move(*oldest);
    }
  }
  return spare;
}

RecentFrames::Found RecentFrames::find(const log_format::Generation& generation,
                                       std::uint64_t position) const {
  const auto place = [](const Frame& frame) {
    return std::pair(frame.generation.sequence, frame.position);
  };
  const MutexLock lock(mutex_);
  const auto found =
      std::ranges::lower_bound(frames_, std::pair(generation.sequence, position), {}, place);
  const bool is_it =
      found != frames_.end() && found->generation == generation && found->position == position;
  return is_it ? found->written : nullptr;
}

}  // namespace hapax
