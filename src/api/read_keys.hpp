// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>

#include "http/http.hpp"

namespace hapax {

/// Keys that may query; empty: everybody who can connect may.
using ReadKeys = std::set<std::string, std::less<>>;

/// Whether `request` has one of `keys` as its bearer token or, where the browser's EventSource asks
/// and cannot send headers, as its parameter readKey. Takes a time that does not depend on how much
/// of a key is right, nor on which one it is.
bool may_read(const ReadKeys& keys, const HttpRequest& request, bool for_event_source);

}  // namespace hapax
