// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace hapax {

struct WebhookPost {
  std::string url;        ///< http:// or https://.
  std::string body = {};  ///< JSON.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct Mail {
  std::string from = {};
  std::vector<std::string> to = {};
  std::string message = {};  ///< With its headers; lines end in CR LF (RFC 5322).
};

/// Takes a message to people or programs outside, once: who calls tries again. Each call has a time
/// within which it ends. Threading: all calls may run at the same time.
class Notifier {
 public:
  virtual ~Notifier() = default;

  /// Returns once the other side has taken it, an answer of 2xx. Errors: kUnavailable, with what
  /// the other side said, or why there was no answer; kClosed, `stop` was asked for.
  virtual Result<void> post(const WebhookPost& post, std::stop_token stop) = 0;
  /// Returns once a mail server has taken it for all of its readers. Errors: likewise.
  virtual Result<void> send(const Mail& mail, std::stop_token stop) = 0;
};

}  // namespace hapax
