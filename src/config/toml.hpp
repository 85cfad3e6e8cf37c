// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string_view>

namespace hapax {

/// toml++ asserts of some damaged texts what does not hold of them.
struct TomlAssertion : std::logic_error {
  using std::logic_error::logic_error;
};

[[noreturn]] inline void fail_toml_assertion(const char* what) {
  throw TomlAssertion(what);
}

}  // namespace hapax

// It is compiled once, in toml.cpp.
#define TOML_HEADER_ONLY 0
#define TOML_ASSERT(expr) \
  (static_cast<bool>(expr) ? static_cast<void>(0) : ::hapax::fail_toml_assertion(#expr))
#include <toml++/toml.h>

namespace hapax {

/// As toml::parse(). Throws toml::parse_error, whatever is wrong with the text.
inline toml::table parse_toml(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const TomlAssertion&) {
    throw toml::parse_error("it is damaged where a value should be", toml::source_region{});
  }
}

}  // namespace hapax
