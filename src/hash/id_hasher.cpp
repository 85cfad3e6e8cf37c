// SPDX-License-Identifier: Apache-2.0
#include "hash/id_hasher.hpp"

#include <sodium/crypto_shorthash_siphash24.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace hapax {
namespace {

static_assert(sizeof(HashKey::bytes) == crypto_shorthash_siphashx24_KEYBYTES);
static_assert(sizeof(Hash128) == crypto_shorthash_siphashx24_BYTES);

Hash128 sip_hash(std::string_view bytes, const HashKey& key) {
  std::array<unsigned char, sizeof(Hash128)> out;
  crypto_shorthash_siphashx24(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size(), key.bytes.data());
  Hash128 hash;
  std::memcpy(&hash.low, out.data(), sizeof(hash.low));
  std::memcpy(&hash.high, out.data() + sizeof(hash.low), sizeof(hash.high));
  return hash;
}

// Of source and text, with the length of the source before them.
Hash128 hash_of_source(std::string_view source, std::string_view text, const HashKey& key) {
  const auto source_bytes = static_cast<std::uint32_t>(source.size());
  const std::size_t total = sizeof(source_bytes) + source.size() + text.size();
  constexpr std::size_t kOnStack = 256;
  char stack[kOnStack];
  std::string heap;
  char* joined = stack;
  if (total > kOnStack) {
    heap.resize(total);
    joined = heap.data();
  }
  std::memcpy(joined, &source_bytes, sizeof(source_bytes));
  source.copy(joined + sizeof(source_bytes), source.size());
  text.copy(joined + sizeof(source_bytes) + source.size(), text.size());
  return sip_hash({joined, total}, key);
}

// A key for one purpose: hashes of one kind say nothing about those of another.
HashKey derive(const HashKey& key, std::string_view purpose) {
  const Hash128 hash = sip_hash(purpose, key);
  HashKey derived;
  std::memcpy(derived.bytes.data(), &hash.low, sizeof(hash.low));
  std::memcpy(derived.bytes.data() + sizeof(hash.low), &hash.high, sizeof(hash.high));
  return derived;
}

}  // namespace

IdHasher::IdHasher(const HashKey& key)
    : event_key_(derive(key, "event id")),
      identity_key_(derive(key, "identity")),
      name_key_(derive(key, "event name")),
      value_key_(derive(key, "value")),
      group_key_(derive(key, "group")),
      key_id_(std::max<std::uint64_t>(1, sip_hash("key id", key).low)) {}

Hash128 IdHasher::event_id(std::string_view source, std::string_view message_id) const {
  return hash_of_source(source, message_id, event_key_);
}

std::uint64_t IdHasher::event_name(std::string_view source, std::string_view name) const {
  return std::max<std::uint64_t>(1, hash_of_source(source, name, name_key_).low);
}

std::uint64_t IdHasher::identity(std::string_view identity) const {
  return sip_hash(identity, identity_key_).low;
}

std::uint64_t IdHasher::value(std::string_view bytes) const {
  return sip_hash(bytes, value_key_).low;
}

std::uint64_t IdHasher::group(std::string_view bytes) const {
  return sip_hash(bytes, group_key_).low;
}

}  // namespace hapax
