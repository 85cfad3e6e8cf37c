// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/clock.hpp"
#include "published/hot_update.hpp"

namespace hapax {

struct HotFeedSettings {
  /// Between two updates of a partition, at least.
  std::chrono::nanoseconds interval = std::chrono::milliseconds(20);
  /// Between two questions to the topics, at least; see HotConfirmation.
  std::chrono::nanoseconds confirm_interval = std::chrono::milliseconds(5);
  /// Updates of all partitions together become no more than that: larger ones come less often.
  std::size_t bytes_per_second_max = std::size_t{16} << 20U;
  /// So many updates are kept for those who are slow. Whoever lacks older ones begins anew.
  std::size_t bytes_kept_max = std::size_t{32} << 20U;
  std::size_t answer_bytes_max = std::size_t{8} << 20U;  ///< But one update at least.
  /// Of what a partition has that is not kept so many cells, and bytes of them, may be told. Where
  /// it is more, it says that it tells nothing, and looks again after the pause.
  std::size_t update_cells_max = 50'000;
  std::size_t update_bytes_max = std::size_t{8} << 20U;
  std::chrono::nanoseconds untold_pause = std::chrono::seconds(1);
  std::size_t readers_max = 100;  ///< Who wait at the same time.
  /// A reader without news is answered after so long, with nothing.
  std::chrono::nanoseconds wait_max = std::chrono::seconds(1);
  /// Without a reader for so long, nothing is told any more.
  std::chrono::nanoseconds forgotten_after = std::chrono::seconds(5);

  /// How long all partitions rest that have worked so long at updates together, so that they work a
  /// tenth of the time. A process that stood still meanwhile has not worked: a second at most.
  static std::chrono::nanoseconds rest(std::chrono::nanoseconds work) {
    return std::min<std::chrono::nanoseconds>(9 * work, std::chrono::seconds(1));
  }
  /// How long so many bytes take at `bytes_per_second_max`.
  std::chrono::nanoseconds transfer(std::size_t bytes) const {
    constexpr std::chrono::nanoseconds kSecond = std::chrono::seconds(1);
    return kSecond / static_cast<std::int64_t>(bytes_per_second_max) *
           static_cast<std::int64_t>(bytes);
  }
};

/// What a process says of its partitions, on its way to readers. Who counts is never held up by
/// them: there is so much for all, and who falls behind it gets all anew.
/// Threading: said at each. Lifetime: `clock` must outlive it.
class HotFeed {
 public:
  using Answer = std::function<void(Result<std::string>)>;

  /// `life`: no other process, nor this one before, has had it.
  HotFeed(const HotFeedSettings& settings, std::uint64_t life, const Clock& clock)
      : settings_(settings), life_(life), clock_(clock) {}

  /// Answers with what comes behind `place`, encoded (decode_hot_answer()), once there is anything,
  /// or when it has waited long. Nothing, or a place that is not known any more: with what comes
  /// next, among it an update with a `since` of each partition. Any thread; `answer` is called on
  /// that one or the owner's, and must not block. Errors: kExhausted, too many wait; kClosed; who
  /// is refused has not been heard.
  void ask(std::optional<HotPlace> place, Answer answer);
  /// Who waits gets kClosed, and so does whoever asks from now on. Any thread.
  void stop();

  const HotFeedSettings& settings() const { return settings_; }

  // Of the owner.

  /// Somebody has asked not long ago.
  bool is_heard() const { return clock_.monotonic() < heard_until_.load(); }
  /// How often somebody has asked for all anew. An update with a `since` is for those who had asked
  /// when it was made.
  std::uint64_t beginnings() const { return beginnings_.load(); }
  /// The next update, encoded.
  void tell(std::string update);
  /// Gives what was told to those who wait.
  void step();

 private:
  struct Waiting {
    HotPlace place;
    std::chrono::nanoseconds deadline;
    Answer answer;
  };
  using Due = std::pair<Answer, Result<std::string>>;

  std::uint64_t end() const HAPAX_REQUIRES(mutex_) { return first_ + updates_.size(); }
  std::string answer_behind(const HotPlace& place) const HAPAX_REQUIRES(mutex_);
  void forget_oldest() HAPAX_REQUIRES(mutex_);

  const HotFeedSettings settings_;
  const std::uint64_t life_;
  const Clock& clock_;
  std::atomic<std::chrono::nanoseconds> heard_until_{std::chrono::nanoseconds::min()};
  std::atomic<std::uint64_t> beginnings_{0};

  Mutex mutex_;
  bool is_stopped_ HAPAX_GUARDED_BY(mutex_) = false;
  std::deque<std::string> updates_ HAPAX_GUARDED_BY(mutex_);
  std::uint64_t first_ HAPAX_GUARDED_BY(mutex_) = 0;  // So many were let go.
  std::size_t bytes_ HAPAX_GUARDED_BY(mutex_) = 0;
  std::vector<Waiting> waiting_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
