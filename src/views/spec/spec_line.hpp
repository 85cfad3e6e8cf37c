// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "views/spec/spec_reader.hpp"

namespace hapax {

/// What a text may be that somebody reads in one line.
struct LineRule {
  std::string_view example;  ///< For the hint.
  std::size_t bytes_min = 0;
  std::size_t bytes_max = 0;
  bool may_have_lines = false;  ///< After all.
};

/// The text of `node`, without control characters; empty when it is null. Errors: kInvalid, it is
/// no such text, or missing where bytes_min is more than 0.
Result<std::string> read_line(const SpecNode* node, const LineRule& rule, const SpecPlace& place);

}  // namespace hapax
