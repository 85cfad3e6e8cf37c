// SPDX-License-Identifier: Apache-2.0
#include "bench/recycled_file.hpp"

#include <vector>

#include "adapters/posix/posix_storage.hpp"

namespace hapax::bench {

Result<RecycledFile> RecycledFile::make(const std::string& path) {
  constexpr std::size_t kPieceBytes = 1U << 20U;
  HAPAX_ASSIGN(auto file, PosixStorage().open(path, OpenMode::kCreateOrTruncate));
  // Through the page cache, so that a write of less than a page need not read the rest of it.
  const std::vector<std::byte> zeros(kPieceBytes);
  for (std::uint64_t at = 0; at < kFileBytes; at += kPieceBytes) {
    HAPAX_TRY(file->write_at(at, zeros));
  }
  HAPAX_TRY(file->sync());
  return RecycledFile(std::move(file));
}

Result<void> RecycledFile::write_and_sync(std::span<const std::byte> bytes) {
  const auto taken = (bytes.size() + kPageBytes - 1) / kPageBytes * kPageBytes;
  if (position_ + taken > kFileBytes) {
    position_ = 0;
  }
  HAPAX_TRY(file_->write_at(position_, bytes));
  position_ += taken;
  return file_->sync();
}

}  // namespace hapax::bench
