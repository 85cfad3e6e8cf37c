// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "testing/seeded_random.hpp"

namespace hapax::sim {

/// Whether what was started for somebody may still reach them.
struct Life {
  bool alive = true;
  bool paused = false;
  std::vector<std::function<void()>> held = {};  // What arrived while it was paused.
};
using LifePtr = std::shared_ptr<Life>;

/// Which faults there are, each with the odds of one in so many; 0: never.
struct Faults {
  std::uint64_t append_lost = 0;
  std::uint64_t append_cut = 0;
  std::uint64_t append_answer_lost = 0;
  std::uint64_t append_late = 0;
  std::uint64_t call_lost = 0;  ///< Of object and cell stores.
  std::uint64_t answer_lost = 0;
  std::uint64_t call_late = 0;
  std::uint64_t read_error = 0;
  std::uint64_t gap = 0;  ///< In offsets.
  /// A record is lost that was acknowledged: the one fault that may not be, and must be seen.
  std::uint64_t record_lost = 0;
};

/// One thread, one clock, one seed: everything that happens is in its queue.
class World {
 public:
  explicit World(std::uint64_t seed) : random(seed) {}

  Microseconds now{0};
  SeededRandom random;
  Faults faults;

  bool happens(std::uint64_t one_in) { return one_in > 0 && random.one_in(one_in); }
  Microseconds between(std::int64_t from, std::int64_t to) {
    return Microseconds(
        from + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(to - from + 1))));
  }

  void after(Microseconds delay, std::function<void()> act) {
    queue_.push({now + delay, next_++, std::move(act)});
  }
  /// Reaches its life unless that has ended; while it is paused it waits.
  void deliver(const LifePtr& life, Microseconds delay, std::function<void()> act) {
    after(delay, [life, act = std::move(act)] {
      if (!life->alive) {
        return;
      }
      if (life->paused) {
        life->held.push_back(act);
      } else {
        act();
      }
    });
  }
  void resume(Life& life) {
    life.paused = false;
    for (const auto& act : std::exchange(life.held, {})) {
      if (life.alive) {
        act();
      }
    }
  }

  void run_until(Microseconds end) {
    while (!queue_.empty() && queue_.top().at <= end) {
      const Item next = queue_.top();
      queue_.pop();
      now = std::max(now, next.at);
      next.act();
    }
    now = std::max(now, end);
  }

  /// What a run must reach now and then, else the world is too tame.
  void reached(const std::string& goal) { ++goals[goal]; }
  std::map<std::string, std::uint64_t> goals;
  /// What was wrong; a run stops looking at the first.
  void fail(const std::string& what) {
    if (failure.empty()) {
      failure = what;
    }
  }
  std::string failure;

 private:
  struct Item {
    Microseconds at;
    std::uint64_t order;
    std::function<void()> act;
    bool operator<(const Item& other) const {
      return std::pair(at, order) > std::pair(other.at, other.order);
    }
  };
  std::priority_queue<Item> queue_;
  std::uint64_t next_ = 0;
};

}  // namespace hapax::sim
