// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hapax {

/// Lays JSON objects over one that is the same for all of them, taken apart once. Keys are compared
/// as they are written. Cost of a merge: the bytes that come out of it, and of each key of the
/// upper object a binary search. Threading: one owner. Lifetime: the object below must outlive it.
class JsonMerge {
 public:
  /// `under` is a valid JSON object.
  explicit JsonMerge(std::string_view under);

  /// The fields of the object below, by key, without those that `over`, a valid JSON object, has
  /// too, then those of `over` as they are. Valid until the next call.
  std::string_view with(std::string_view over);

 private:
  struct Field {
    std::string_view key;       // As written, with its quotes.
    std::string_view text;      // Key, colon and value.
    std::size_t hidden_in = 0;  // The last merge whose object had the key.
  };

  void hide_keys_of(std::string_view over);
  void append(std::string_view field);

  std::vector<Field> fields_;  // Sorted by key; of a repeated key the last one counts.
  std::size_t merges_ = 0;
  std::string merged_;
};

}  // namespace hapax
