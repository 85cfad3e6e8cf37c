// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/local_log/catalog.hpp"
#include "adapters/local_log/format.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// A segment of a damaged log, of any format version.
struct SalvagedSegment {
  std::string path;
  log_format::Generation generation;
  std::optional<log_format::SegmentHeader> header;  ///< Nothing when it cannot be read.
};

/// Errors: kInvalid, the log in `directory` is of another format version, with what to do about it.
/// No log, and one whose first header cannot be read, are none.
Result<void> check_format_version(const std::string& directory, Storage& storage);

/// What can be read of a damaged log is given to these.
struct SalvageSink {
  std::function<Result<void>(std::span<const LogBatch>)> frame;  ///< Its error ends the reading.
  std::function<void(Error)> problem;
};

/// The segments of a folder that belong to the log and whose frames can be recognised, in their
/// order. The others are problems. Errors: kInvalid, there is none; those of the disk.
Result<std::vector<SalvagedSegment>> find_salvageable(const std::string& directory,
                                                      Storage& storage,
                                                      const std::function<void(Error)>& problem);

/// Every whole frame of a segment, also those behind damage. Errors: those of the disk and the
/// sink.
Result<void> salvage_frames(const SalvagedSegment& segment, Storage& storage,
                            const SalvageSink& sink);

}  // namespace hapax
