// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/digest.hpp"

namespace hapax {

/// The secret of a data directory's id hashes.
struct HashKey {
  std::array<unsigned char, 16> bytes{};

  friend bool operator==(const HashKey&, const HashKey&) = default;
};

/// Hashes what clients choose, ids of messages and of people, with a pseudorandom function:
/// SipHash-2-4 (Aumasson and Bernstein 2012; libsodium's). Without the key nobody can make two ids
/// whose hashes collide, an id whose hash cancels others' in a digest, or find whose address a
/// stored hash is. Stored: a key's hashes never change; tables and digests carry key_id().
/// Threading: all calls may run at the same time.
class IdHasher {
 public:
  explicit IdHasher(const HashKey& key = {});

  /// What dedup and the digests know an event by: of source and message id, with the length of the
  /// source between them, so that no two pairs have the same bytes.
  Hash128 event_id(std::string_view source, std::string_view message_id) const;

  /// What an event name of a source is known by, like event_id(). Not 0.
  std::uint64_t event_name(std::string_view source, std::string_view name) const;

  /// 64 bits that name an identity within a cell.
  std::uint64_t identity(std::string_view identity) const;

  /// 64 bits that name a value that is no text, by its bytes (docs/formats/views.md). A text with
  /// the same bytes has another name: identity().
  std::uint64_t value(std::string_view bytes) const;

  /// Where a group of a view is in the order in which groups are kept, by its bytes.
  std::uint64_t group(std::string_view bytes) const;

  /// Names the key without telling it. Not 0.
  std::uint64_t key_id() const { return key_id_; }

 private:
  HashKey event_key_;
  HashKey identity_key_;
  HashKey name_key_;
  HashKey value_key_;
  HashKey group_key_;
  std::uint64_t key_id_;
};

}  // namespace hapax
