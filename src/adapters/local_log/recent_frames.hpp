// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "adapters/local_log/format.hpp"
#include "core/mutex.hpp"

namespace hapax {

/// The newest frames that are durable, as they were written, so that who follows the log closely
/// reads no file, and sums and hashes nothing again. A frame is found by where it is and by the
/// generation of its segment: a file that is used again has another one. Threading: all calls may
/// run at the same time.
class RecentFrames {
 public:
  using Found = std::shared_ptr<const log_format::WrittenFrame>;

  /// `bytes_max`: of memory; a frame that needs more is not kept.
  explicit RecentFrames(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  /// `written`: a frame that is durable, behind all that were added before. Returns memory for
  /// another one, or none.
  log_format::WrittenFrame add(const log_format::Generation& generation, std::uint64_t position,
                               log_format::WrittenFrame written);

  /// Null when it is not kept.
  Found find(const log_format::Generation& generation, std::uint64_t position) const;

 private:
  /// Where a frame goes that nobody holds any more, so that its memory is used again.
  class Spare {
   public:
    void put(log_format::WrittenFrame frame);
    /// The one that came last, or none.
    log_format::WrittenFrame take();

   private:
    Mutex mutex_;
    log_format::WrittenFrame frame_ HAPAX_GUARDED_BY(mutex_);
  };
  /// Who lets go of it last, on whatever thread, gives it back.
  struct Lent {
    log_format::WrittenFrame written;
    std::shared_ptr<Spare> home;

    Lent(log_format::WrittenFrame frame, std::shared_ptr<Spare> to);
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    ~Lent() { home->put(std::move(written)); }
  };
  struct Frame {
    log_format::Generation generation;
    std::uint64_t position = 0;
    Found written;
  };

  const std::shared_ptr<Spare> spare_ = std::make_shared<Spare>();
  const std::size_t bytes_max_;
  mutable Mutex mutex_;
  std::deque<Frame> frames_ HAPAX_GUARDED_BY(mutex_);  ///< By generation's sequence and position.
  std::size_t bytes_ HAPAX_GUARDED_BY(mutex_) = 0;     ///< Of memory.
};

}  // namespace hapax
