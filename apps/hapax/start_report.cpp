// SPDX-License-Identifier: Apache-2.0
#include "start_report.hpp"

#include <fmt/format.h>

namespace hapax {

std::optional<std::string> missing_head(const std::vector<PartitionStart>& starts) {
  std::string places;
  for (std::size_t partition = 0; partition < starts.size(); ++partition) {
    if (const auto offset = starts[partition].offset.value(); offset > 0) {
      places +=
          fmt::format("{}offset {} of partition {}", places.empty() ? "" : ", ", offset, partition);
    }
  }
  if (places.empty()) {
    return std::nullopt;
  }
  return fmt::format(
      "There is neither state nor base, and retention has dropped the beginning of the log: counts "
      "begin at {}; "
      "ids before that are not known.",
      places);
}

}  // namespace hapax
