// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/recent_frames.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

constexpr std::size_t kSpareMax = 2;  ///< Times the memory of the newest frame.

}  // namespace

using log_format::WrittenFrame;

RecentFrames::Lent::Lent(WrittenFrame frame, std::shared_ptr<Spare> to)
    : written(std::move(frame)), home(std::move(to)) {}

void RecentFrames::Spare::put(WrittenFrame frame) {
  const MutexLock lock(mutex_);
  std::swap(frame_, frame);
}

WrittenFrame RecentFrames::Spare::take() {
  const MutexLock lock(mutex_);
  return std::exchange(frame_, {});
}

WrittenFrame RecentFrames::add(const log_format::Generation& generation, std::uint64_t position,
                               WrittenFrame written) {
  const std::size_t size = written.memory_bytes();
  if (size > bytes_max_) {
    return {};
  }
  const auto lent = std::make_shared<Lent>(std::move(written), spare_);
  {
    const MutexLock lock(mutex_);
    frames_.push_back(
        {.generation = generation, .position = position, .written = {lent, &lent->written}});
    bytes_ += size;
    while (bytes_ > bytes_max_) {
      bytes_ -= frames_.front().written->memory_bytes();
      frames_.pop_front();
    }
  }
  WrittenFrame spare = spare_->take();
  // What is much larger than frames are now would take the room of many.
  return spare.memory_bytes() <= kSpareMax * size ? std::move(spare) : WrittenFrame();
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
