// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hapax {

/// The name in a Host header, in lower case, without the port and the brackets of IPv6.
std::string host_name(std::string_view host);

bool is_ip_address(const std::string& name);
/// localhost, 127.0.0.0/8 or ::1: names that lead to this machine whatever a name server says.
bool is_loopback_name(const std::string& name);

/// Whether pages of `origin` (an Origin header) are those of `host` (a Host header).
bool is_origin_of(std::string_view origin, std::string_view host);

}  // namespace hapax
