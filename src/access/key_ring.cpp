// SPDX-License-Identifier: Apache-2.0
#include "access/key_ring.hpp"

namespace hapax {

KeyRing::KeyRing(const ReadKeys& read_keys, const KeySet& event_keys, const KeySet& admin_keys) {
  for (const auto& [key, sources] : read_keys) {
    keys_.emplace_back(
        hash_secret(key),
        Caller{.known = Known::kByKey, .rights = {Right::kRead}, .sources = sources});
  }
  for (const auto& key : event_keys) {
    keys_.emplace_back(hash_secret(key),
                       Caller{.known = Known::kByKey, .rights = {Right::kRead, Right::kEvents}});
  }
  for (const auto& key : admin_keys) {
    keys_.emplace_back(hash_secret(key), full_caller(Known::kByKey));
  }
}

const Caller* KeyRing::find(const SecretHash& sent) const {
  const Caller* found = nullptr;
  for (const auto& [key, caller] : keys_) {
    found = key == sent ? &caller : found;
  }
  return found;
}

}  // namespace hapax
