// SPDX-License-Identifier: Apache-2.0
#include "listen_address.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>

namespace hapax {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string as_number(const addrinfo& info) {
  std::array<char, NI_MAXHOST> text{};
  ::getnameinfo(info.ai_addr, info.ai_addrlen, text.data(), text.size(), nullptr, 0,
                NI_NUMERICHOST);
  return text.data();
}

std::string first_of(const addrinfo* all) {
  for (const addrinfo* info = all; info != nullptr; info = info->ai_next) {
    if (info->ai_family == AF_INET) {
      return as_number(*info);
    }
  }
  return as_number(*all);
}

}  // namespace

Result<ListenAddress> resolve(ListenAddress listen) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* all = nullptr;
  const int code = ::getaddrinfo(listen.address.c_str(), nullptr, &wanted, &all);
  const Addresses found(all, ::freeaddrinfo);
  if (code != 0) {
    return Error{
        .kind = ErrorKind::kInvalid,
        .message = fmt::format("cannot listen on \"{}\": {}", listen.address, gai_strerror(code)),
        .hint = "use an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::1"};
  }
  const bool promised = listen.loopback;  // And with that, that no keys are needed.
  HAPAX_ASSIGN(listen, parse_listen(fmt::format("[{}]:{}", first_of(all), listen.port)));
  if (promised && !listen.loopback) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = fmt::format("\"localhost\" is {} here, which other machines can reach",
                                        listen.address),
                 .hint = "correct /etc/hosts, or listen on 127.0.0.1"};
  }
  return listen;
}

}  // namespace hapax
