#include "collector/body_decoder.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>

namespace hapax {
namespace {

enum class Encoding { kIdentity, kGzip, kZlib };

// What DEFLATE can reach at most (zlib.net/zlib_tech.html): a larger claim is a lie.
constexpr std::size_t kRatioMax = 1032;
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

std::optional<Encoding> parse_encoding(std::string_view content_encoding) {
  const std::string name = lower_trimmed(content_encoding);
  if (name.empty() || name == "identity") {
    return Encoding::kIdentity;
  }
  if (name == "gzip" || name == "x-gzip") {
    return Encoding::kGzip;
  }
  if (name == "deflate") {
    return Encoding::kZlib;
  }
  return std::nullopt;
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
    const auto encoding = parse_encoding(content_encoding);
    if (!encoding) {
      return Refusal{415, "unsupported_encoding",
                     "Content-Encoding must be gzip, deflate or identity"};
    }
    if (*encoding != Encoding::kIdentity) {
      auto plain = inflate_all(body, *encoding, limits.decoded_bytes);
      const auto* text = std::get_if<std::string_view>(&plain);
      if (text == nullptr || !has_gzip_magic(*text)) {
        return plain;
      }
      body = *text;  // Compressed twice.
    }
    if (has_gzip_magic(body)) {
      return inflate_all(body, Encoding::kGzip, limits.decoded_bytes);
    }
    if (body.size() > limits.decoded_bytes) {
      return too_large("decompressed", limits.decoded_bytes);
    }
    body.append(kJsonPaddingBytes, '\0');
    return std::string_view(body).substr(0, body.size() - kJsonPaddingBytes);
  }

 private:
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
      if (encoding == Encoding::kZlib && !packed.empty()) {
        return damaged();
      }
    } while (!packed.empty());
    std::memset(plain_.get() + made, 0, kJsonPaddingBytes);
    return std::string_view(plain_.get(), made);
  }

  Step inflate_once(std::string_view packed, Encoding encoding, char* to, std::size_t room) {
    Step step{};
    const auto inflate =
        encoding == Encoding::kGzip ? libdeflate_gzip_decompress_ex : libdeflate_zlib_decompress_ex;
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
