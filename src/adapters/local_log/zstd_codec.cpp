// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/zstd_codec.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <string>

namespace hapax {
namespace {

Error no_memory() {
  return {.kind = ErrorKind::kExhausted,
          .message = "zstd: no memory",
          .hint = "give the server more memory",
          .resource = Resource::kSystem};
}

Error error_of(std::size_t code, ErrorKind kind) {
  if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation) {
    return no_memory();
  }
  return {.kind = kind, .message = std::string("zstd: ") + ZSTD_getErrorName(code)};
}

}  // namespace

std::size_t zstd_bytes_max(std::size_t content_bytes) {
  return ZSTD_compressBound(content_bytes);
}

void ZstdCompressor::Free::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

void ZstdDecompressor::Free::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

Result<ZstdCompressor> ZstdCompressor::make(int level) {
  ZstdCompressor compressor(ZSTD_createCCtx());
  auto* context = compressor.context_.get();
  if (context == nullptr) {
    return no_memory();
  }
  for (const auto& [parameter, value] :
       {std::pair(ZSTD_c_compressionLevel, level), std::pair(ZSTD_c_checksumFlag, 1)}) {
    if (const auto code = ZSTD_CCtx_setParameter(context, parameter, value);
        ZSTD_isError(code) != 0) {
      return error_of(code, ErrorKind::kInternal);
    }
  }
  return compressor;
}

Result<std::size_t> ZstdCompressor::compress(std::span<const std::byte> content,
                                             std::span<std::byte> into) {
  const auto bytes =
      ZSTD_compress2(context_.get(), into.data(), into.size(), content.data(), content.size());
  if (ZSTD_isError(bytes) != 0) {
    return error_of(bytes, ErrorKind::kInternal);
  }
  return bytes;
}

Result<ZstdDecompressor> ZstdDecompressor::make() {
  ZstdDecompressor decompressor(ZSTD_createDCtx());
  if (decompressor.context_ == nullptr) {
    return no_memory();
  }
  return decompressor;
}

Result<void> ZstdDecompressor::decompress(std::span<const std::byte> frame,
                                          std::span<std::byte> into) {
  const auto bytes =
      ZSTD_decompressDCtx(context_.get(), into.data(), into.size(), frame.data(), frame.size());
  if (ZSTD_isError(bytes) != 0) {
    return error_of(bytes, ErrorKind::kCorrupt);
  }
  if (bytes != into.size()) {
    return Error{.kind = ErrorKind::kCorrupt, .message = "zstd: the frame holds less"};
  }
  return {};
}

}  // namespace hapax
