// SPDX-License-Identifier: Apache-2.0
#include "collector/body_decoder.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <vector>

namespace hapax {
namespace {

enum class Encoding { kGzip, kZlib, kRaw };

// What DEFLATE can reach at most (zlib.net/zlib_tech.html): a larger claim is a lie.
constexpr std::size_t kRatioMax = 1032;
constexpr std::size_t kLayersMax = 2;
constexpr std::size_t kGuessRatio = 8;
constexpr std::size_t kGuessBytesMin = 1024;
constexpr std::size_t kGzipSizeBytes = 4;
constexpr std::size_t kKeptBytes = 1U << 20U;  // After a larger body the memory is given back.

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const {
    libdeflate_free_decompressor(decompressor);
  }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, FreeDecompressor>;

Decompressor make_decompressor() {
  Decompressor made(libdeflate_alloc_decompressor());
  return made ? std::move(made) : throw std::bad_alloc();
}

std::string lower_trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  std::string lower(text.substr(first, text.find_last_not_of(" \t") - first + 1));
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char character) {
    return 'A' <= character && character <= 'Z' ? static_cast<char>(character + 'a' - 'A')
                                                : character;
  });
  return lower;
}

// In the order in which they were applied; nothing when one is unknown, or they are too many.
std::optional<std::vector<Encoding>> parse_encodings(std::string_view list) {
  std::vector<Encoding> encodings;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name = lower_trimmed(list.substr(at, end - at));
    at = end + 1;
    if (name.empty() || name == "identity") {
      continue;
    }
    if (encodings.size() == kLayersMax) {
      return std::nullopt;
    }
    if (name == "gzip" || name == "x-gzip") {
      encodings.push_back(Encoding::kGzip);
    } else if (name == "deflate") {
      encodings.push_back(Encoding::kZlib);
    } else {
      return std::nullopt;
    }
  }
  return encodings;
}

// A proxy may have decompressed it and left the header. Neither gzip nor zlib begins like this, and
// raw DEFLATE only of a text that begins with a byte above 0x8F.
bool is_plain_json(std::string_view body) {
  return body.starts_with('{') || body.starts_with('[');
}

bool is_padding(std::string_view rest) {
  return rest.find_first_not_of('\0') == std::string_view::npos;
}

bool has_gzip_magic(std::string_view body) {
  return body.starts_with("\x1f\x8b\x08");
}

Refusal too_large(std::string_view what, std::size_t limit) {
  return {413, "body_too_large",
          "the " + std::string(what) + " body exceeds the limit of " + std::to_string(limit) +
              " bytes"};
}

Refusal damaged() {
  return {400, "damaged_body", "the compressed body is damaged or cut off"};
}

// The first size to try. gzip says at its end how long the (last) member was, modulo 2^32; that is
// a hint of the sender's, so it is bounded by what the limit and the format allow.
std::size_t guess_size(std::string_view packed, Encoding encoding, std::size_t limit) {
  std::size_t guess = packed.size() * kGuessRatio;
  if (encoding == Encoding::kGzip && packed.size() >= kGzipSizeBytes) {
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < kGzipSizeBytes; ++i) {
      const auto byte = static_cast<std::uint8_t>(packed[packed.size() - kGzipSizeBytes + i]);
      size |= static_cast<std::uint32_t>(byte) << (8 * i);
    }
    guess = size;
  }
  const std::size_t possible = packed.size() * kRatioMax;
  return std::min({std::max(guess, kGuessBytesMin), possible, limit});
}

struct Step {
  libdeflate_result result;
  std::size_t taken;
  std::size_t made;
};

}  // namespace

class BodyDecoder::Impl {
 public:
  OrRefusal<std::string_view> decode(std::string& body, std::string_view content_encoding,
                                     const BodyLimits& limits) {
    if (body.size() > limits.raw_bytes) {
      return too_large("sent", limits.raw_bytes);
    }
    const auto encodings = parse_encodings(content_encoding);
    if (!encodings) {
      return Refusal{415, "unsupported_encoding",
                     "Content-Encoding must be gzip, deflate or identity, at most two of them"};
    }
    std::string_view text = body;
    std::size_t layers = 0;
    for (; layers < kLayersMax && !is_plain_json(text); ++layers) {
      const auto encoding = layer(*encodings, layers, text);
      if (!encoding) {
        break;
      }
      if (layers > 0) {
        body = text;  // Out of the way of what comes out of it.
      }
      const auto plain = inflate(body, *encoding, limits.decoded_bytes);
      if (const auto* refusal = std::get_if<Refusal>(&plain)) {
        return *refusal;
      }
      text = std::get<std::string_view>(plain);
    }
    return layers > 0 ? text : pass(body, limits.decoded_bytes);
  }

 private:
  // What is around `text` after `done` layers were undone; nothing when it is the body itself.
  static std::optional<Encoding> layer(const std::vector<Encoding>& encodings, std::size_t done,
                                       std::string_view text) {
    if (done < encodings.size()) {
      return encodings[encodings.size() - 1 - done];
    }
    return has_gzip_magic(text) ? std::optional(Encoding::kGzip) : std::nullopt;
  }

  static OrRefusal<std::string_view> pass(std::string& body, std::size_t limit) {
    if (body.size() > limit) {
      return too_large("decompressed", limit);
    }
    body.append(kJsonPaddingBytes, '\0');
    return std::string_view(body).substr(0, body.size() - kJsonPaddingBytes);
  }

  // "deflate" is a zlib stream; some senders leave its header and checksum out.
  OrRefusal<std::string_view> inflate(std::string_view packed, Encoding encoding,
                                      std::size_t limit) {
    auto plain = inflate_all(packed, encoding, limit);
    const auto* refusal = std::get_if<Refusal>(&plain);
    const bool may_be_raw = refusal != nullptr && refusal->status == 400;
    return may_be_raw && encoding == Encoding::kZlib ? inflate_all(packed, Encoding::kRaw, limit)
                                                     : plain;
  }

  // libdeflate needs room for a whole member at once and starts anew when there was too little.
  OrRefusal<std::string_view> inflate_all(std::string_view packed, Encoding encoding,
                                          std::size_t limit) {
    start_with_room(guess_size(packed, encoding, limit));
    std::size_t made = 0;
    do {
      const std::size_t end = std::min(room_, limit);
      const Step step = inflate_once(packed, encoding, plain_.get() + made, end - made);
      if (step.result == LIBDEFLATE_INSUFFICIENT_SPACE) {
        if (end >= limit) {
          return too_large("decompressed", limit);
        }
        grow(std::min(limit, std::max(room_ * 2, kGuessBytesMin)), made);
        continue;
      }
      if (step.result != LIBDEFLATE_SUCCESS) {
        return damaged();
      }
      made += step.made;
      packed.remove_prefix(step.taken);
      if (encoding != Encoding::kGzip && !packed.empty()) {
        return damaged();
      }
    } while (!is_padding(packed));
    std::memset(plain_.get() + made, 0, kJsonPaddingBytes);
    return std::string_view(plain_.get(), made);
  }

  Step inflate_once(std::string_view packed, Encoding encoding, char* to, std::size_t room) {
    Step step{};
    const auto inflate = encoding == Encoding::kGzip   ? libdeflate_gzip_decompress_ex
                         : encoding == Encoding::kZlib ? libdeflate_zlib_decompress_ex
                                                       : libdeflate_deflate_decompress_ex;
    step.result = inflate(decompressor_.get(), packed.data(), packed.size(), to, room, &step.taken,
                          &step.made);
    return step;
  }

  void start_with_room(std::size_t bytes) {
    if (room_ > kKeptBytes || room_ < bytes) {
      plain_.reset();
      room_ = 0;
      grow(bytes, 0);
    }
  }

  void grow(std::size_t bytes, std::size_t kept) {
    auto larger = std::make_unique_for_overwrite<char[]>(bytes + kJsonPaddingBytes);
    if (kept > 0) {
      std::memcpy(larger.get(), plain_.get(), kept);
    }
    plain_ = std::move(larger);
    room_ = bytes;
  }

  const Decompressor decompressor_ = make_decompressor();
  std::unique_ptr<char[]> plain_;  // Not a string, which would be filled with zeros first.
  std::size_t room_ = 0;           // Of plain_, without the padding.
};

BodyDecoder::BodyDecoder() : impl_(std::make_unique<Impl>()) {}
BodyDecoder::~BodyDecoder() = default;

OrRefusal<std::string_view> BodyDecoder::decode(std::string& body,
                                                std::string_view content_encoding,
                                                const BodyLimits& limits) {
  return impl_->decode(body, content_encoding, limits);
}

}  // namespace hapax
