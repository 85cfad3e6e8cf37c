// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// What a state is: the files that it is made of, and what they do not say. Those of one state are
/// numbered 1, 2, ... without a gap, and each number is given once. Format:
/// docs/formats/cluster.md.
struct Manifest {
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;  ///< Raised by whoever takes the state over.
  std::uint64_t nonce = 0;  ///< Of the call that wrote it: tells its writer that it was the one.
  bool is_stub = false;     ///< Only keeps its number taken: a later one says what the state is.
  std::uint64_t stubs_below = 1;  ///< Those of lower numbers are stubs; of others it is not said.
  std::vector<std::string> files = {};
  std::string payload = {};
  /// Ids of the topics whose offsets the payload speaks of (Topic::id()), in an order of its own;
  /// none where nothing is kept yet.
  std::vector<std::string> topics = {};

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Of the object that it is in.
std::string manifest_name(std::string_view state, std::uint64_t number);
std::string encode_manifest(const Manifest& manifest);
/// Errors: kCorrupt.
Result<Manifest> decode_manifest(std::string_view bytes);

}  // namespace hapax
