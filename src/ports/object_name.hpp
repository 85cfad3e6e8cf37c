// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

/// So long may the name of an object be, in bytes. Less than the 255 of a file's name and the 1024
/// of S3's keys, which have to hold more than the name.
constexpr std::size_t kObjectNameBytesMax = 200;

/// Whether a text is of the characters that names of objects are of.
inline bool has_object_name_characters(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '/';
  });
}

/// Whether an object may have this name: letters, digits, '.', '-', '_' and '/'. What is between
/// two '/' is not empty, "." or "..": proxies and stores that keep files would take it for another
/// name.
inline bool is_object_name(std::string_view name) {
  if (name.size() > kObjectNameBytesMax || !has_object_name_characters(name)) {
    return false;
  }
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t end = std::min(name.find('/', from), name.size());
    const std::string_view part = name.substr(from, end - from);
    if (part.empty() || part == "." || part == "..") {
      return false;
    }
    from = end + 1;
  }
  return true;
}

inline Result<void> check_object_name(const std::string& name) {
  if (is_object_name(name)) {
    return {};
  }
  return Error{ErrorKind::kInvalid, "\"" + name + "\" is no name of an object",
               "up to 200 letters, digits, '.', '-', '_' and '/', not \"..\" between two '/'"};
}

/// The same for the beginning of names; it may be empty.
inline Result<void> check_object_prefix(const std::string& prefix) {
  if (prefix.size() <= kObjectNameBytesMax && has_object_name_characters(prefix)) {
    return {};
  }
  return Error{ErrorKind::kInvalid, "no name of an object begins with \"" + prefix + "\""};
}

}  // namespace hapax
