// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <set>
#include <string>

#include "http/http.hpp"

namespace hapax {

/// Keys that may query, or change views.
using ReadKeys = std::set<std::string, std::less<>>;

/// Whether `request` has one of `keys` as its bearer token or, where the browser's EventSource asks
/// and cannot send headers, as its parameter readKey. Takes a time that does not depend on how much
/// of a key is right, nor on which one it is.
bool has_key(std::initializer_list<const ReadKeys*> keys, const HttpRequest& request,
             bool for_event_source);

}  // namespace hapax
