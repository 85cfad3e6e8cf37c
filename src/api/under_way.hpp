// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>

namespace hapax {

/// How many requests of a kind are under way: no more than a limit.
/// Threading: all calls may run at the same time.
class UnderWay {
 public:
  explicit UnderWay(std::size_t limit) : limit_(limit) {}

  /// False: as many are as may be. Else there is one more, until an End of it goes.
  bool begin() {
    const bool has_room = count_.fetch_add(1) < limit_;
    count_ -= has_room ? 0 : 1;
    return has_room;
  }

  /// Ends one when it goes, also after an exception. Lifetime: the other must outlive it.
  class End {
   public:
    explicit End(UnderWay& of) : of_(of) {}
    ~End() { --of_.count_; }
    End(const End&) = delete;
    End& operator=(const End&) = delete;

   private:
    UnderWay& of_;
  };

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace hapax
