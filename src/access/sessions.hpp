// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "access/secret.hpp"
#include "core/time.hpp"

namespace hapax {

/// A browser in which somebody has signed in.
struct AccessSession {
  SecretHash token;  ///< Of what its cookie says.
  ProcessingTime begun;
  ProcessingTime used;
};

/// Ends a session that nobody used for so long,
constexpr std::chrono::hours kSessionIdleMax{24 * 14};
/// and any after so long.
constexpr std::chrono::hours kSessionAgeMax{24 * 90};
/// Of more, those that were not used for the longest time end.
constexpr std::size_t kSessionsMax = 1000;

/// The sessions there are. A clock that steps back keeps them; one that jumps ahead by weeks ends
/// them. Threading: one caller at a time.
class Sessions {
 public:
  Sessions() = default;
  explicit Sessions(std::vector<AccessSession> stored) : all_(std::move(stored)) {}

  void add(const SecretHash& token, ProcessingTime now);
  /// Whether `token` is of a session that goes on, which is used now.
  bool use(const SecretHash& token, ProcessingTime now);
  /// Whether there was one.
  bool end(const SecretHash& token);
  void end_all() { all_.clear(); }
  /// Ends those that are over. Whether there were any.
  bool end_old(ProcessingTime now);

  const std::vector<AccessSession>& all() const { return all_; }

 private:
  std::vector<AccessSession> all_;
};

}  // namespace hapax
