// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "json/json_escape.hpp"
#include "json/json_index.hpp"

namespace hapax {

struct JsonFault {
  std::size_t at = 0;     ///< The byte of the text, from 0.
  bool too_deep = false;  ///< Nested deeper than JsonWalk::kNestingMax.
};

/// The first fault of `json`, which is not empty and has kJsonPaddingBytes zeros behind it; nothing
/// when it is one well-formed value. `at` is 0 for what the index refuses.
std::optional<JsonFault> find_json_fault(std::string_view json, JsonIndex& index);

/// `text` without JSON's white space around it.
std::string_view trim_json_space(std::string_view text);

/// Walks over an indexed JSON text from token to token and checks what the index leaves open: keys,
/// escapes, numbers, literals, nesting, and that each token may stand where it stands. What is
/// well-formed and cannot be stored (json_repair.hpp) is a fault here. Every function that returns
/// false, or nothing, has set fault().
/// Threading: one owner. Lifetime: the text and the index must outlive it.
class JsonWalk {
 public:
  /// Of the stack: what is deeper is a fault.
  static constexpr std::uint32_t kNestingMax = 500;

  /// `json` is the text that `index` was built of, without a fault.
  JsonWalk(std::string_view json, const JsonIndex& index);

  /// The first byte of the token ahead; NUL at the end.
  char ahead() const { return json_[*at_]; }
  bool at_end() const { return at_ == end_; }

  /// Where the token ahead begins.
  const char* position() const { return json_ + *at_; }
  /// From `start`, a former position(), to the end of the last token.
  std::string_view text_since(const char* start) const;

  /// Checks the value ahead and all that is in it, `depth` levels below the document or event it
  /// belongs to, and passes it.
  bool check(std::uint32_t depth);

  /// Passes the string ahead; what is between its quotes, with its escapes as written. Without data
  /// when it is damaged: it is what is asked most, and an optional text goes through memory.
  std::string_view string();

  /// Passes the object ahead; of each field `visit` gets the key, with its escapes as written, and
  /// passes the value. False, with a fault, when `visit` returns false.
  template <typename F>
  bool each_field(F&& visit);

  /// Passes the array ahead; `visit` passes each element.
  template <typename F>
  bool each_element(F&& visit);

  /// What is between the quotes of a string has escapes. To be asked in the order of the text: so
  /// all of it is searched once, not each string.
  bool has_escape(std::string_view inside);

  /// Deepest level seen since start_depth().
  std::uint32_t deepest() const { return deepest_; }
  void start_depth() { deepest_ = 1; }

  /// The first one.
  const std::optional<JsonFault>& fault() const { return fault_; }
  /// Notes a fault at the token ahead. Returns false.
  bool fail(bool too_deep = false);

 private:
  bool pass() {
    ++at_;
    return true;
  }

  bool enter(std::uint32_t depth);
  /// With the colon behind it; as string().
  std::string_view key();

  bool accept(char wanted) {
    if (ahead() != wanted) {
      return false;
    }
    ++at_;
    return true;
  }

  /// The token at `at`, without the white space behind it.
  std::string_view token(const std::uint32_t* at) const;

  /// The token ahead, of which there is one.
  std::string_view token() const { return token(at_); }

  const char* find_backslash(const char* from) const;

  const char* json_;
  const char* text_end_;
  const std::uint32_t* at_;  // The token ahead.
  const std::uint32_t* end_;
  const char* backslash_;  // The first one at or behind the last string asked for.
  std::uint32_t deepest_ = 1;
  std::optional<JsonFault> fault_;
};

template <typename F>
bool JsonWalk::each_field(F&& visit) {
  ++at_;
  if (accept('}')) {
    return true;
  }
  do {
    const std::string_view name = key();
    if (name.data() == nullptr || !visit(name)) {
      return fail();
    }
  } while (accept(','));
  return accept('}') || fail();
}

template <typename F>
bool JsonWalk::each_element(F&& visit) {
  ++at_;
  if (accept(']')) {
    return true;
  }
  do {
    if (!visit()) {
      return fail();
    }
  } while (accept(','));
  return accept(']') || fail();
}

inline std::string_view JsonWalk::token(const std::uint32_t* at) const {
  const char* start = json_ + at[0];
  const char* end = json_ + at[1];
  while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\r' || end[-1] == '\t') {
    --end;
  }
  return {start, static_cast<std::size_t>(end - start)};
}

inline std::string_view JsonWalk::text_since(const char* start) const {
  const std::string_view last = token(at_ - 1);
  return {start, static_cast<std::size_t>(last.data() + last.size() - start)};
}

inline bool JsonWalk::has_escape(std::string_view inside) {
  if (backslash_ < inside.data()) {
    backslash_ = find_backslash(inside.data());
  }
  return backslash_ < inside.data() + inside.size();
}

inline std::string_view JsonWalk::string() {
  const std::string_view quoted = token();
  if (quoted.size() >= 2 && quoted.back() == '"') {
    const std::string_view inside = quoted.substr(1, quoted.size() - 2);
    if (!has_escape(inside) || has_valid_escapes(inside)) {
      ++at_;
      return inside;
    }
  }
  fail();
  return {};
}

inline std::string_view JsonWalk::key() {
  const std::string_view inside = ahead() == '"' ? string() : std::string_view();
  if (inside.data() == nullptr || !accept(':')) {
    fail();
    return {};
  }
  return inside;
}

inline bool JsonWalk::enter(std::uint32_t depth) {
  deepest_ = std::max(deepest_, depth);
  return depth <= kNestingMax || fail(true);
}

}  // namespace hapax
