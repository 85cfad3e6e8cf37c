#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "collector/refusal.hpp"

namespace hapax {

struct BodyLimits {
  std::size_t raw_bytes;      ///< As sent.
  std::size_t decoded_bytes;  ///< After decompression; bounds the memory too.
};

/// Undoes a body's compression: what Content-Encoding names (gzip, x-gzip, deflate as zlib stream,
/// identity, none), then gzip by its magic bytes, since posthog-js names it nowhere.
/// Refuses: 413 body_too_large, 415 unsupported_encoding, 400 damaged_body.
/// Threading: any; keeps one decompressor per thread.
OrRefusal<std::string> decode_body(std::string body, std::string_view content_encoding,
                                   const BodyLimits& limits);

}  // namespace hapax
