// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace hapax {

/// The bytes that answers occupy until they are sent: with it, clients that ask for much and read
/// nothing cannot fill the memory.
/// Threading: all calls may run at the same time.
class AnswerBudget {
 public:
  explicit AnswerBudget(std::size_t bytes_limit) : bytes_limit_(bytes_limit) {}

  /// A share of the limit, given back when its last copy goes; null when there is no room. Where
  /// nothing is taken there is room for any answer, so that none is refused for ever.
  std::shared_ptr<const void> take(std::size_t bytes);

  std::uint64_t bytes() const { return *taken_; }     ///< Taken now.
  std::uint64_t refused() const { return refused_; }  ///< Since the start.

 private:
  const std::size_t bytes_limit_;
  /// Shared with the shares, which may be given back later than this goes.
  const std::shared_ptr<std::atomic<std::uint64_t>> taken_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace hapax
