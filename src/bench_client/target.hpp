// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax::bench {

/// The server under load.
struct Target {
  std::string host;
  std::uint16_t port = 80;

  /// "127.0.0.1:8080", as in a Host header.
  std::string authority() const;
};

/// Reads "http://host:port"; a path is refused. Errors: kInvalid.
Result<Target> parse_target(std::string_view url);

/// An owned socket descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  int descriptor() const { return descriptor_; }

 private:
  int release();

  int descriptor_ = -1;
};

/// Connects and waits for it; the socket blocks and sends without delay (TCP_NODELAY).
/// Errors: kUnavailable, nobody listens there.
Result<Socket> connect_to(const Target& target);

/// A GET on a connection of its own: the body of the 200 answer.
/// Errors: kUnavailable, no connection, another status, or no answer within ten seconds.
Result<std::string> http_get(const Target& target, const std::string& path,
                             const std::string& read_key);

}  // namespace hapax::bench
