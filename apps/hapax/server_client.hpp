// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// Where a running server is, and what it knows us by.
struct ServerAddress {
  std::string host;
  std::string port = "80";
  std::string key = {};  ///< Sent as bearer token; empty: none is.
};

/// Reads "http://host:port". Errors: kInvalid.
Result<ServerAddress> parse_url(std::string_view url);
/// Where one that listens on `listen` (http.listen) is reached from this machine. Errors: kInvalid.
Result<ServerAddress> address_of(std::string_view listen);

struct ServerAnswer {
  int status = 0;
  std::string body;
};

/// One request on a connection of its own; within ten seconds.
/// Errors: kUnavailable, nobody listens there, or does not answer.
Result<ServerAnswer> ask_server(const ServerAddress& server, const std::string& method,
                                const std::string& target, std::string body = {});

}  // namespace hapax
