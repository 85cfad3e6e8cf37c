// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "bytes/bytes.hpp"
#include "record/value.hpp"

namespace hapax {

/// A Value that owns its text. Ordered by kind (absent, bool, number, text), then by the value, so
/// that of any two values one is the less, whatever they are.
using OwnedValue = std::variant<std::monostate, bool, double, std::string>;

/// -0 is 0: equal numbers have equal bytes.
inline double without_sign_of_zero(double number) {
  return number == 0 ? 0.0 : number;
}

Value view_of(const OwnedValue& value);
/// Of -0, 0.
OwnedValue own(const Value& value);
/// Of memory beyond sizeof.
std::size_t heap_bytes(const OwnedValue& value);

/// Of a text that was cut off: drops its last character, unless that is one byte, as it may be a
/// part of one.
void drop_part_of_character(std::string& text);

/// Kind (u8: 0 absent, 1 bool, 2 number, 3 text), then u8; the bits of the double, u64; string.
void encode_value(const OwnedValue& value, ByteWriter& out);
/// False when it is damaged.
[[nodiscard]] bool decode_value(ByteReader& in, OwnedValue& value);

}  // namespace hapax
