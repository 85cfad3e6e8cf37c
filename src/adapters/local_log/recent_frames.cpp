// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/recent_frames.hpp"

#include <algorithm>
#include <utility>

namespace hapax {

std::string RecentFrames::add(const log_format::Generation& generation, std::uint64_t position,
                              std::string bytes) {
  Frame frame{.generation = generation,
              .position = position,
              .bytes = std::make_shared<std::string>(std::move(bytes))};
  std::string spare;
  const MutexLock lock(mutex_);
  bytes_ += frame.bytes->capacity();
  frames_.push_back(std::move(frame));
  while (bytes_ > bytes_max_) {
    const std::shared_ptr<std::string> oldest = std::move(frames_.front().bytes);
    frames_.pop_front();
    bytes_ -= oldest->capacity();
    if (oldest.use_count() == 1) {  // Nobody reads it, and nobody can find it any more.
      spare = std::move(*oldest);
    }
  }
  return spare;
}

RecentFrames::Bytes RecentFrames::find(const log_format::Generation& generation,
                                       std::uint64_t position) const {
  const auto place = [](const Frame& frame) {
    return std::pair(frame.generation.sequence, frame.position);
  };
  const MutexLock lock(mutex_);
  const auto found =
      std::ranges::lower_bound(frames_, std::pair(generation.sequence, position), {}, place);
  const bool is_it =
      found != frames_.end() && found->generation == generation && found->position == position;
  return is_it ? found->bytes : nullptr;
}

}  // namespace hapax
