// SPDX-License-Identifier: Apache-2.0
#include "processing/name_key.hpp"

#include <cstddef>

namespace hapax {
namespace {

constexpr std::string_view kEscapedNul("\0\xFF", 2);
constexpr std::string_view kTerminator("\0\x01", 2);
constexpr std::size_t kHashBytes = 8;

}  // namespace

std::string encode_name_key(std::string_view source, std::uint64_t hash) {
  std::string key;
  for (const char byte : source) {
    byte == '\0' ? key.append(kEscapedNul) : key.append(1, byte);
  }
  key.append(kTerminator);
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<char>(hash >> shift));
  }
  return key;
}

std::optional<NameKey> decode_name_key(std::string_view key) {
  NameKey name;
  for (std::size_t nul = key.find('\0'); nul != key.npos; nul = key.find('\0')) {
    name.source.append(key.substr(0, nul));
    const std::string_view mark = key.substr(nul, kTerminator.size());
    key.remove_prefix(nul + mark.size());
    if (mark == kEscapedNul) {
      name.source.push_back('\0');
      continue;
    }
    if (mark != kTerminator || key.size() != kHashBytes) {
      return std::nullopt;
    }
    for (const char byte : key) {
      name.hash = name.hash << 8U | static_cast<unsigned char>(byte);
    }
    return name;
  }
  return std::nullopt;
}

}  // namespace hapax
