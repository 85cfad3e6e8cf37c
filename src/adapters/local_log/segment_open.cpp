// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/segment_open.hpp"

#include <fmt/format.h>

#include "adapters/local_log/format.hpp"

namespace hapax {

Result<std::vector<SegmentPlace>> list_segments(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const auto names, storage.list(directory));
  std::vector<SegmentPlace> segments;
  for (const auto& name : names) {
    if (const auto sequence = log_format::sequence_of(name)) {
      segments.push_back({.sequence = *sequence, .path = fmt::format("{}/{}", directory, name)});
    }
  }
  return segments;
}

Result<std::unique_ptr<File>> open_segment(const std::string& path, Storage& storage) {
  return storage.open(path, OpenMode::kRead);
}

}  // namespace hapax
