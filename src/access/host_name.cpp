// SPDX-License-Identifier: Apache-2.0
#include "access/host_name.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

namespace hapax {
namespace {

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lowered;
}

/// Where the port begins, with its colon; npos: there is none.
std::size_t port_at(std::string_view host) {
  const auto colon = host.rfind(':');
  const auto bracket = host.rfind(']');
  return bracket == std::string_view::npos || (colon != std::string_view::npos && colon > bracket)
             ? colon
             : std::string_view::npos;
}

/// `authority` without the port that its protocol has anyway.
std::string_view without_usual_port(std::string_view authority, std::string_view port) {
  return port_at(authority) != std::string_view::npos &&
                 authority.substr(port_at(authority)) == port
             ? authority.substr(0, port_at(authority))
             : authority;
}

}  // namespace

std::string host_name(std::string_view host) {
  std::string_view name = host.substr(0, port_at(host));
  if (name.starts_with('[') && name.ends_with(']')) {
    name = name.substr(1, name.size() - 2);
  }
  return lower(name);
}

bool is_ip_address(const std::string& name) {
  in_addr v4{};
  in6_addr v6{};
  return ::inet_pton(AF_INET, name.c_str(), &v4) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), &v6) == 1;
}

bool is_loopback_name(const std::string& name) {
  constexpr std::uint32_t kLoopbackNet = 127;
  constexpr unsigned kNetShift = 24;
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1) {
    return ntohl(v4.s_addr) >> kNetShift == kLoopbackNet;
  }
  if (::inet_pton(AF_INET6, name.c_str(), &v6) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  }
  return name == "localhost";
}

bool is_origin_of(std::string_view origin, std::string_view host) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  const bool is_https = origin.starts_with(kHttps);
  if (host.empty() || (!is_https && !origin.starts_with(kHttp))) {
    return false;
  }
  const std::string_view port = is_https ? ":443" : ":80";
  origin.remove_prefix(is_https ? kHttps.size() : kHttp.size());
  return lower(without_usual_port(origin, port)) == lower(without_usual_port(host, port));
}

}  // namespace hapax
