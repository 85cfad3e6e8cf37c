// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "access/caller.hpp"
#include "access/secret.hpp"

namespace hapax {

/// Keys that may read, and of which sources.
using ReadKeys = std::map<std::string, ReadScope, std::less<>>;
using KeySet = std::set<std::string, std::less<>>;

/// The keys of the settings, and what each may. One that is in several lists may what the last of
/// these gives, which may all that those before it may, too: read, events, admin.
/// Threading: all calls may run at the same time.
class KeyRing {
 public:
  KeyRing() = default;
  KeyRing(const ReadKeys& read_keys, const KeySet& event_keys, const KeySet& admin_keys);

  /// Who sends this key; null when it is none of them. Takes a time that depends neither on how
  /// much of a key is right nor on which one it is.
  const Caller* find(const SecretHash& sent) const;

 private:
  std::vector<std::pair<SecretHash, Caller>> keys_;
};

}  // namespace hapax
