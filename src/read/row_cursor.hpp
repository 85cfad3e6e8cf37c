// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "read/row_query.hpp"

namespace hapax {

/// Where the answer to a query ended, as clients carry it to the next one.
struct RowCursorText {
  std::vector<TimeRange> ranges = {};  ///< A default that follows the clock stays what it was.
  RowPlace place = {};                 ///< The next answer has what is behind it.
  std::uint64_t query_hash = 0;
};

/// Tells queries apart by what they ask for: the view as it is, ranges, groups, consistency and
/// windows.
std::uint64_t query_hash(const RowQuery& query);

/// Opaque, URL-safe, of version 1.
std::string encode_cursor(const RowQuery& query, const RowPlace& place);

/// Errors: kInvalid, `text` is not what encode_cursor() made, or of another version.
Result<RowCursorText> decode_row_cursor(std::string_view text);

}  // namespace hapax
