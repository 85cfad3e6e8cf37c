// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Where a segment lies.
struct SegmentPlace {
  std::uint64_t sequence = 0;
  std::string path;
};

/// The segments of a log's folder, by sequence. Errors: those of the disk.
Result<std::vector<SegmentPlace>> list_segments(const std::string& directory, Storage& storage);

/// Opens a segment for reading: whoever reads segments does it through this function.
/// Errors: kInvalid, there is no such file; those of the disk.
Result<std::unique_ptr<File>> open_segment(const std::string& path, Storage& storage);

}  // namespace hapax
