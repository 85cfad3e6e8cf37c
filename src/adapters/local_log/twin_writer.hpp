// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "adapters/local_log/twin_format.hpp"
#include "ports/storage.hpp"

namespace hapax {

/// What a twin is made of.
struct TwinSource {
  log_format::Generation generation;
  std::uint64_t content_bytes = 0;  ///< Up to the end of the seal.
  std::uint32_t block_bytes = twin_format::kBlockBytes;
  int level = 1;  ///< Of zstd; higher ones take longer and gain little.
};

/// Asked between two blocks.
using IsStopped = std::function<bool()>;

/// Writes the twin of `raw` into `twin`, an empty file, and syncs it. Returns the bytes written; 0,
/// it was stopped. Errors: those of the files; kExhausted, no memory; kCorrupt, `raw` is too short.
Result<std::uint64_t> write_twin(const File& raw, const TwinSource& source, File& twin,
                                 const IsStopped& stopped);

/// Reads the twin in `path` as every reader does, and compares it with `raw`. False: it was
/// stopped. Errors: kCorrupt, it is another; those of the files.
Result<bool> verify_twin(const File& raw, const TwinSource& source, const std::string& path,
                         Storage& storage, const IsStopped& stopped);

}  // namespace hapax
