// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/owned_value.hpp"

#include <bit>
#include <cmath>

namespace hapax {
namespace {

enum class StoredKind : std::uint8_t { kAbsent = 0, kBool = 1, kNumber = 2, kText = 3 };

struct Encode {
  void operator()(std::monostate) const { put(StoredKind::kAbsent); }
  void operator()(bool value) const {
    put(StoredKind::kBool);
    out.put_u8(value ? 1 : 0);
  }
  void operator()(double value) const {
    put(StoredKind::kNumber);
    out.put_u64(std::bit_cast<std::uint64_t>(value));
  }
  void operator()(const std::string& value) const {
    put(StoredKind::kText);
    out.put_string(value);
  }
  void put(StoredKind kind) const { out.put_u8(static_cast<std::uint8_t>(kind)); }

  ByteWriter& out;
};

}  // namespace

Value view_of(const OwnedValue& value) {
  return std::visit([](const auto& held) { return Value(held); }, value);
}

OwnedValue own(const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return std::string(*text);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return without_sign_of_zero(*number);
  }
  if (const auto* truth = std::get_if<bool>(&value)) {
    return *truth;
  }
  return std::monostate();
}

std::size_t heap_bytes(const OwnedValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && text->capacity() > std::string().capacity() ? text->capacity() + 1 : 0;
}

void drop_part_of_character(std::string& text) {
  constexpr unsigned char kFollowsMask = 0xC0;
  constexpr unsigned char kFollows = 0x80;
  std::size_t begin = text.size();
  while (begin > 0 && (static_cast<unsigned char>(text[begin - 1]) & kFollowsMask) == kFollows) {
    --begin;
  }
  if (begin > 0 && (static_cast<unsigned char>(text[begin - 1]) & kFollows) != 0) {
    text.resize(begin - 1);
  }
}

void encode_value(const OwnedValue& value, ByteWriter& out) {
  std::visit(Encode{out}, value);
}

bool decode_value(ByteReader& in, OwnedValue& value) {
  switch (static_cast<StoredKind>(in.u8())) {
    case StoredKind::kAbsent:
      value = std::monostate();
      return in.ok();
    case StoredKind::kBool:
      value = in.u8() != 0;
      return in.ok();
    case StoredKind::kNumber: {
      const auto number = std::bit_cast<double>(in.u64());
      value = number;
      return in.ok() && !std::isnan(number);
    }
    case StoredKind::kText:
      value = in.string();
      return in.ok();
  }
  return false;
}

}  // namespace hapax
