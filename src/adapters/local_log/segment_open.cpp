// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/segment_open.hpp"

#include <fmt/format.h>

#include "adapters/local_log/compressed_segment.hpp"
#include "adapters/local_log/format.hpp"

namespace hapax {

using log_format::kTwinSuffix;

Result<std::vector<SegmentPlace>> list_segments(const std::string& directory, Storage& storage) {
  HAPAX_ASSIGN(const auto names, storage.list(directory));
  std::vector<SegmentPlace> segments;
  for (const auto& name : names) {  // "42.seg" comes before "42.seg.zst".
    const auto raw_bytes = name.size() - (is_twin(name) ? kTwinSuffix.size() : 0);
    const auto sequence = log_format::sequence_of(std::string_view(name).substr(0, raw_bytes));
    if (sequence && (segments.empty() || segments.back().sequence != *sequence)) {
      segments.push_back({.sequence = *sequence, .path = fmt::format("{}/{}", directory, name)});
    }
  }
  return segments;
}

std::string twin_of(const std::string& raw_path) {
  return std::string(raw_path).append(kTwinSuffix);
}

bool is_twin(std::string_view path) {
  return path.ends_with(kTwinSuffix);
}

Result<std::unique_ptr<File>> open_segment(const std::string& path, Storage& storage) {
  HAPAX_ASSIGN(auto file, storage.open(path, OpenMode::kRead));
  if (!is_twin(path)) {
    return file;
  }
  return CompressedSegment::open(path, std::move(file))
      .transform([](std::unique_ptr<CompressedSegment> segment) {
        return std::unique_ptr<File>(std::move(segment));
      });
}

// The raw file goes only when its twin has its name.
Result<OpenSegment> open_segment(const std::string& directory, std::uint64_t sequence,
                                 Storage& storage) {
  OpenSegment segment{.path = fmt::format("{}/{}", directory, log_format::segment_name(sequence)),
                      .file = {}};
  auto raw = open_segment(segment.path, storage);
  if (raw || raw.error().kind != ErrorKind::kInvalid) {
    return std::move(raw).transform([&segment](std::unique_ptr<File> file) {
      segment.file = std::move(file);
      return std::move(segment);
    });
  }
  const auto twin_path = twin_of(segment.path);
  HAPAX_ASSIGN(const bool compressed, storage.exists(twin_path));
  if (!compressed) {
    return std::move(raw).error();
  }
  segment.path = twin_path;
  HAPAX_ASSIGN(segment.file, open_segment(twin_path, storage));
  return segment;
}

}  // namespace hapax
