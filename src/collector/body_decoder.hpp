// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "collector/refusal.hpp"
#include "json/json_index.hpp"

namespace hapax {

struct BodyLimits {
  std::size_t raw_bytes;      ///< As sent.
  std::size_t decoded_bytes;  ///< After decompression; bounds the memory too.
};

/// Undoes a body's compression: what Content-Encoding names (gzip, x-gzip, deflate with or without
/// zlib's header, identity, none), then gzip by its magic bytes, since posthog-js names it nowhere;
/// at most two layers. A body that begins like JSON is plain whatever the header says.
/// Keeps its memory from body to body. Threading: one owner.
class BodyDecoder {
 public:
  BodyDecoder();
  ~BodyDecoder();

  /// The plain body, with kJsonPaddingBytes zeros behind it: in `body`, which gets them appended,
  /// or, decompressed, in this object until the next call. A body that comes with as much free
  /// capacity is not copied.
  /// Refuses: 413 body_too_large, 415 unsupported_encoding, 400 damaged_body.
  OrRefusal<std::string_view> decode(std::string& body, std::string_view content_encoding,
                                     const BodyLimits& limits);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hapax
