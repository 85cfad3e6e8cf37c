// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "http/http.hpp"

namespace hapax {

/// Sources whose rows a key may read, and nothing else; none: it may read everything.
using ReadScope = std::set<std::string, std::less<>>;
/// Keys that may query.
using ReadKeys = std::map<std::string, ReadScope, std::less<>>;
/// Keys that may change views, and query everything.
using AdminKeys = std::set<std::string, std::less<>>;

/// The key that `request` sends: as its bearer token or, where the browser's EventSource asks and
/// cannot send headers, as its parameter readKey.
std::optional<std::string> sent_key(const HttpRequest& request, bool for_event_source);

// Both take a time that does not depend on how much of a key is right, nor on which one it is.

/// What `key` may read; null when it is none of these.
const ReadScope* scope_of(const ReadKeys& keys, std::string_view key);
bool has_key(const AdminKeys& keys, std::string_view key);

}  // namespace hapax
