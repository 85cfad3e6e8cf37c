// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hapax {

/// Finds where the values of a damaged JSON document end, by its brackets, quotes, commas and
/// colons alone: whatever else is wrong with a value does not matter. Where these contradict each
/// other (a quote or a bracket is missing, or there is one too many), the end of an array's element
/// is looked for behind the contradiction.
/// Cost: linear. Looking ahead is bounded by kWorkMax times the document; beyond that the document
/// seems to end. Threading: one owner. Lifetime: the document must outlive it.
class JsonBounds {
 public:
  static constexpr std::size_t kWorkMax = 16;

  explicit JsonBounds(std::string_view document) : text_(document) {}

  /// The first place at or behind `at` without white space; the document's size at its end.
  std::size_t skip_space(std::size_t at) const;
  /// The same, with commas taken for white space.
  std::size_t skip_commas(std::size_t at) const;

  /// What follows, where it begins, is one of "{}[],:", a quote for a string, 'w' for anything
  /// else, and NUL at the end of the document and for a string that does not end.
  struct Token {
    char kind;
    std::size_t begin;
    std::size_t end;
  };
  Token token(std::size_t at);

  struct Value {
    std::size_t end;                           ///< Behind it, or where the contradiction is.
    std::optional<std::size_t> search_from{};  ///< A contradiction; the token before it.
  };
  /// Follows the value at `at` to its end.
  Value value(std::size_t at);

  /// Where an element whose own end cannot be trusted ends: at the comma before the next element,
  /// or at the bracket of the array's end. Looks from `from` on. Nothing: there is no such place.
  std::optional<std::size_t> find_element_end(std::size_t from);

  /// How many bytes were looked at for tokens, each as often as it was.
  std::size_t work() const { return work_; }

 private:
  bool goes_on_at(std::size_t element, std::size_t& array_end);
  bool is_end_of_document(std::size_t at);

  std::string_view text_;
  std::size_t work_ = 0;
  std::string open_;  // The brackets around the token that value() is at.
};

}  // namespace hapax
