// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <re2/re2.h>

namespace hapax {

/// How patterns of views are compiled: with a bound on what one may cost, and silent.
inline re2::RE2::Options regex_options() {
  constexpr std::int64_t kRegexBytesMax = 1 << 20;
  re2::RE2::Options options;
  options.set_max_mem(kRegexBytesMax);
  options.set_log_errors(false);
  return options;
}

}  // namespace hapax
