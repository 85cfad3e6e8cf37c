// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// Where a segment lies: in a raw file, or compressed in its twin.
struct SegmentPlace {
  std::uint64_t sequence = 0;
  std::string path;
};

/// The segments of a log's folder, by sequence. Where the raw file and the twin are both there, it
/// is the raw one: as long as it has its name, it is all there. Errors: those of the disk.
Result<std::vector<SegmentPlace>> list_segments(const std::string& directory, Storage& storage);

std::string twin_of(const std::string& raw_path);
bool is_twin(std::string_view path);

/// Opens a segment for reading, raw or compressed: whoever reads segments does it through this
/// function. Errors: kInvalid, there is no such file, or of another version; kCorrupt, as of
/// CompressedSegment; those of the disk.
Result<std::unique_ptr<File>> open_segment(const std::string& path, Storage& storage);

struct OpenSegment {
  std::string path;
  std::unique_ptr<File> file;
};

/// The same by its number, while a server may compress it. Errors: as above.
Result<OpenSegment> open_segment(const std::string& directory, std::uint64_t sequence,
                                 Storage& storage);

}  // namespace hapax
