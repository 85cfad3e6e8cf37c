// SPDX-License-Identifier: Apache-2.0
#include "bench_client/target.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

namespace hapax::bench {
namespace {

constexpr time_t kAnswerSecondsMax = 10;

Error unreachable(const Target& target, const std::string& reason) {
  return {.kind = ErrorKind::kUnavailable,
          .message = fmt::format("cannot reach http://{}: {}", target.authority(), reason),
          .hint = "start the server with `hapax serve`, or name another one with --target"};
}

Result<std::string> read_to_end(const Socket& socket, const Target& target) {
  std::string answer;
  std::array<char, 16384> piece{};
  while (true) {
    const auto count = ::recv(socket.descriptor(), piece.data(), piece.size(), 0);
    if (count == 0) {
      return answer;
    }
    if (count < 0 && errno != EINTR) {
      return unreachable(target, std::strerror(errno));
    }
    answer.append(piece.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string Target::authority() const {
  return fmt::format("{}:{}", host, port);
}

Result<Target> parse_target(std::string_view url) {
  const Error unreadable{.kind = ErrorKind::kInvalid,
                         .message = fmt::format("--target {} is not a server's address", url),
                         .hint = "write it as http://127.0.0.1:8080"};
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) {
    return unreadable;
  }
  url.remove_prefix(kScheme.size());
  url = url.ends_with('/') ? url.substr(0, url.size() - 1) : url;
  const auto colon = url.rfind(':');
  Target target{.host = std::string(url.substr(0, colon))};
  if (colon != std::string_view::npos) {
    const auto digits = url.substr(colon + 1);
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), target.port);
    if (code != std::errc() || end != digits.data() + digits.size()) {
      return unreadable;
    }
  }
  if (target.host.empty() || target.host.find('/') != std::string::npos) {
    return unreadable;
  }
  return target;
}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Socket::~Socket() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

int Socket::release() {
  return std::exchange(descriptor_, -1);
}

Result<Socket> connect_to(const Target& target) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
  if (code != 0) {
    return unreachable(target, ::gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  for (const auto* address = found; address != nullptr; address = address->ai_next) {
    Socket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.descriptor(), address->ai_addr, address->ai_addrlen) == 0) {
      const int on = 1;
      ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return socket;
    }
  }
  return unreachable(target, std::strerror(errno));
}

Result<std::string> http_get(const Target& target, const std::string& path,
                             const std::string& read_key) {
  HAPAX_ASSIGN(const auto socket, connect_to(target));
  const timeval patience{.tv_sec = kAnswerSecondsMax, .tv_usec = 0};
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  const auto authorization =
      read_key.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", read_key);
  const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\n\r\n",
                                   path, target.authority(), authorization);
  if (::send(socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return unreachable(target, std::strerror(errno));
  }
  HAPAX_ASSIGN(auto answer, read_to_end(socket, target));
  const auto body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200 ") || body == std::string::npos) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = fmt::format("GET {} was answered \"{}\"", path,
                                        answer.substr(0, answer.find('\r')))};
  }
  return answer.substr(body + 4);
}

}  // namespace hapax::bench
