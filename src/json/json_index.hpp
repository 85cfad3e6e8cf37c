// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hapax {

/// Zeros behind a JSON text, which a parser may read.
constexpr std::size_t kJsonPaddingBytes = 64;

/// Where the tokens of a JSON text begin: simdjson's first stage, which also checks that the text
/// is UTF-8, that strings end, and that there are no control characters in them. Its On-Demand API,
/// the usual second stage, leaves unchecked what is not read, and all of it has to be checked.
/// Keeps its memory from text to text. Threading: one owner.
class JsonIndex {
 public:
  JsonIndex();
  ~JsonIndex();

  /// Indexes `json`, which is not empty and has kJsonPaddingBytes zeros behind it. False when it is
  /// no JSON by what is checked here.
  [[nodiscard]] bool build(std::string_view json);

  /// The offset of each brace, bracket, comma and colon outside of strings, and of the first byte
  /// of each string and of anything else; then, for the last one's end, the text's size.
  std::span<const std::uint32_t> tokens() const;

  /// What a string of the last text says, by what is between its quotes, whose escapes are valid.
  std::string unescape(std::string_view inside) const;
  /// The same at `to`, where there is room for kJsonPaddingBytes more than `inside` has. Returns
  /// how many bytes it is, none for invalid escapes.
  std::size_t unescape_to(std::string_view inside, char* to) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
