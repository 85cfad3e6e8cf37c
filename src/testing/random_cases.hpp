// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hapax {

// Clang says it as a feature, gcc by a macro.
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

/// Of so many random cases, those that are tried. A program that is not sanitized tries all of them
/// and compares their results; one that is looks for faults that a tenth of them shows as well, and
/// takes twenty times as long for each.
constexpr int random_cases(int count) {
  return kIsSanitized ? (count + 9) / 10 : count;
}

}  // namespace hapax
