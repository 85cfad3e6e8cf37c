// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hapax {

/// Bounds wrong passwords: of each address that connects, and of all together. A try takes one of
/// some that are free at first; then they come back one by one. Behind a proxy all come from one
/// address, so that there is one bound for all, and who guesses keeps others from signing in: the
/// machine's token and the sessions that there are do not go this way.
/// Time is Clock::monotonic(). Threading: one caller at a time.
class Throttle {
 public:
  struct Rate {
    double burst;
    std::chrono::seconds one_in;
  };
  static constexpr Rate kOfAPeer{5, std::chrono::seconds(10)};
  static constexpr Rate kOfAll{30, std::chrono::seconds(2)};
  /// So many addresses are remembered; of more, those that have tried the least are forgotten.
  static constexpr std::size_t kPeersMax = 1000;

  /// Takes a try of `peer`: nothing, it may; else how long to wait, a second at least.
  std::optional<std::chrono::seconds> take(std::string_view peer, std::chrono::nanoseconds now);
  /// The password was right: the try did not count.
  void give_back(std::string_view peer);

  std::size_t peers() const { return peers_.size(); }

 private:
  struct Bucket {
    double tries;
    std::chrono::nanoseconds filled;
  };

  static void fill(Bucket& bucket, const Rate& rate, std::chrono::nanoseconds now);
  static std::chrono::seconds until_one(const Bucket& bucket, const Rate& rate);
  void make_room(std::chrono::nanoseconds now);

  Bucket all_{kOfAll.burst, std::chrono::nanoseconds(0)};
  std::map<std::string, Bucket, std::less<>> peers_;
};

}  // namespace hapax
