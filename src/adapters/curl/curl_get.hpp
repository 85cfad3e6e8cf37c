// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "core/result.hpp"

namespace hapax {

struct CurlGetSettings {
  std::string key = {};  ///< Sent as `Authorization: Bearer`; empty: nothing is.
  std::string user_agent = "hapax";
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds timeout{10'000};  ///< Of a whole answer.
  std::size_t answer_bytes_max = std::size_t{64} << 20U;
};

/// Asks a server of ours again and again, over one connection as long as that lasts. No
/// redirection is followed. Threading: one owner.
class CurlGet {
 public:
  explicit CurlGet(CurlGetSettings settings);
  ~CurlGet();

  /// What `url` answers with 200. Errors: kUnavailable, there was no such answer, and why; kClosed,
  /// it was stopped.
  Result<std::string> get(const std::string& url, const std::stop_token& stop);

 private:
  class Transfer;

  const CurlGetSettings settings_;
  const std::unique_ptr<Transfer> transfer_;
};

}  // namespace hapax
