// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/result.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace hapax {

/// The most bytes that a zstd frame with so many bytes of content has.
std::size_t zstd_bytes_max(std::size_t content_bytes);

/// Writes zstd frames, each with the length and a checksum of its content. Threading: one owner.
class ZstdCompressor {
 public:
  /// Errors: kExhausted, no memory.
  static Result<ZstdCompressor> make(int level);

  /// Compresses `content` into `into`, which has zstd_bytes_max() of it. Returns the bytes written.
  /// Errors: kExhausted, no memory; kInternal.
  Result<std::size_t> compress(std::span<const std::byte> content, std::span<std::byte> into);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  explicit ZstdCompressor(ZSTD_CCtx_s* context) : context_(context) {}

  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

/// Reads them. Threading: one owner.
class ZstdDecompressor {
 public:
  /// Errors: kExhausted, no memory.
  static Result<ZstdDecompressor> make();

  /// Errors: kCorrupt, it is no frame, or not the one that holds exactly as much as `into`;
  /// kExhausted, no memory.
  Result<void> decompress(std::span<const std::byte> frame, std::span<std::byte> into);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  explicit ZstdDecompressor(ZSTD_DCtx_s* context) : context_(context) {}

  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace hapax
