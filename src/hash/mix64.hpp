// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hapax {

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection in which each bit depends on
/// all, so that two numbers never meet and near ones come far apart. 0 stays 0. Stored: never
/// changes its value.
constexpr std::uint64_t mix64(std::uint64_t value) {
  value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9;
  value = (value ^ value >> 27U) * 0x94D049BB133111EB;
  return value ^ value >> 31U;
}

}  // namespace hapax
