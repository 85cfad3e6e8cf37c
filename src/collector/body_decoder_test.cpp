// SPDX-License-Identifier: Apache-2.0
#include "collector/body_decoder.hpp"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <string>

namespace hapax {
namespace {

constexpr BodyLimits kLimits{.raw_bytes = 1U << 20U, .decoded_bytes = 4U << 20U};

using Compress = std::size_t (*)(libdeflate_compressor*, const void*, std::size_t, void*,
                                 std::size_t);

std::string compressed(std::string_view plain, Compress compress) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string packed(plain.size() + 1024, '\0');
  packed.resize(compress(compressor, plain.data(), plain.size(), packed.data(), packed.size()));
  libdeflate_free_compressor(compressor);
  return packed;
}

std::string gzip(std::string_view plain) {
  return compressed(plain, libdeflate_gzip_compress);
}

std::string zlib(std::string_view plain) {
  return compressed(plain, libdeflate_zlib_compress);
}

std::string raw_deflate(std::string_view plain) {
  return compressed(plain, libdeflate_deflate_compress);
}

// The decoded body, or the code of the refusal.
std::string outcome(std::string body, std::string_view encoding, BodyLimits limits = kLimits) {
  BodyDecoder decoder;
  const auto decoded = decoder.decode(body, encoding, limits);
  if (const auto* refusal = std::get_if<Refusal>(&decoded)) {
    return std::to_string(refusal->status) + " " + std::string(refusal->code);
  }
  const auto plain = std::get<std::string_view>(decoded);
  EXPECT_EQ(std::string_view(plain.data() + plain.size(), kJsonPaddingBytes),
            std::string(kJsonPaddingBytes, '\0'));
  return std::string(plain);
}

TEST(BodyDecoderTest, PassesIdentityThrough) {
  EXPECT_EQ(outcome("{}", ""), "{}");
  EXPECT_EQ(outcome("{}", "identity"), "{}");
  EXPECT_EQ(outcome("", ""), "");
}

TEST(BodyDecoderTest, UndoesNamedCompressionInAnySpelling) {
  EXPECT_EQ(outcome(gzip("{\"a\":1}"), "gzip"), "{\"a\":1}");
  EXPECT_EQ(outcome(gzip("{\"a\":1}"), " X-GZip "), "{\"a\":1}");
  EXPECT_EQ(outcome(zlib("{\"a\":1}"), "Deflate"), "{\"a\":1}");
}

TEST(BodyDecoderTest, SeesGzipByItsMagicWithoutHeader) {
  EXPECT_EQ(outcome(gzip("{}"), ""), "{}");
  EXPECT_EQ(outcome(gzip("{}"), "identity"), "{}");
  EXPECT_EQ(outcome(gzip(gzip("{}")), "gzip"), "{}");
}

TEST(BodyDecoderTest, JoinsTheMembersOfOneGzipStream) {
  const std::string long_part(100'000, 'x');
  EXPECT_EQ(outcome(gzip("{") + gzip(long_part) + gzip("}"), "gzip"), "{" + long_part + "}");
}

TEST(BodyDecoderTest, RefusesUnknownEncodings) {
  EXPECT_EQ(outcome("{}", "br"), "415 unsupported_encoding");
  EXPECT_EQ(outcome(gzip("{}"), "gzip, br"), "415 unsupported_encoding");
  EXPECT_EQ(outcome(gzip(gzip(gzip("{}"))), "gzip, gzip, gzip"), "415 unsupported_encoding");
}

TEST(BodyDecoderTest, TakesABodyThatBeginsLikeJsonForPlain) {
  for (const char* encoding : {"gzip", "x-gzip", "deflate", "gzip, gzip", "identity"}) {
    EXPECT_EQ(outcome("{\"a\":1}", encoding), "{\"a\":1}") << encoding;
    EXPECT_EQ(outcome("[1]", encoding), "[1]") << encoding;
  }
  EXPECT_EQ(outcome(gzip("{}"), "gzip, gzip"), "{}");  // One of two was undone on the way.
  EXPECT_EQ(outcome(std::string(2000, '{'), "gzip", {.raw_bytes = 2000, .decoded_bytes = 1000}),
            "413 body_too_large");
}

TEST(BodyDecoderTest, UndoesTwoLayersInTheirOrder) {
  EXPECT_EQ(outcome(gzip(gzip("{}")), "gzip, gzip"), "{}");
  EXPECT_EQ(outcome(gzip(zlib("{}")), " Deflate ,identity,GZIP"), "{}");
  EXPECT_EQ(outcome(zlib(gzip("{}")), "gzip,deflate"), "{}");
  EXPECT_EQ(outcome(gzip(zlib("{}")), "gzip, deflate"), "400 damaged_body");
}

// What is inside of a second layer is the client's business.
TEST(BodyDecoderTest, UndoesNoThirdLayer) {
  const std::string packed = gzip("{}");
  EXPECT_EQ(outcome(gzip(gzip(packed)), "gzip, gzip"), packed);
  EXPECT_EQ(outcome(gzip(gzip(packed)), ""), packed);
}

TEST(BodyDecoderTest, HoldsTheLimitInEachLayer) {
  const BodyLimits limits{.raw_bytes = 2000, .decoded_bytes = 5000};
  EXPECT_EQ(outcome(gzip(gzip(std::string(5000, 'a'))), "gzip, gzip", limits),
            std::string(5000, 'a'));
  EXPECT_EQ(outcome(gzip(gzip(std::string(5001, 'a'))), "gzip, gzip", limits),
            "413 body_too_large");
  EXPECT_EQ(outcome(gzip(std::string(5001, '\0') + gzip("{}")), "gzip, gzip", limits),
            "413 body_too_large");
}

TEST(BodyDecoderTest, UndoesDeflateWithoutZlibsHeader) {
  const std::string text = "{\"event\":\"Order Completed\"}" + std::string(1000, ' ');
  EXPECT_EQ(outcome(raw_deflate(text), "deflate"), text);
  EXPECT_EQ(outcome(raw_deflate("[]"), "deflate"), "[]");
  EXPECT_EQ(outcome(raw_deflate(text) + "tail", "deflate"), "400 damaged_body");
  EXPECT_EQ(outcome(raw_deflate(text), "gzip"), "400 damaged_body");
  EXPECT_EQ(outcome(raw_deflate(std::string(6000, ' ')), "deflate",
                    {.raw_bytes = 2000, .decoded_bytes = 5000}),
            "413 body_too_large");
}

TEST(BodyDecoderTest, PassesOverZerosBehindGzip) {
  const std::string zeros(100, '\0');
  EXPECT_EQ(outcome(gzip("{\"a\":1}") + zeros, "gzip"), "{\"a\":1}");
  EXPECT_EQ(outcome(gzip("{\"a\"") + gzip(":1}") + zeros, ""), "{\"a\":1}");
  EXPECT_EQ(outcome(gzip("{}") + zeros + "x", "gzip"), "400 damaged_body");
  EXPECT_EQ(outcome(zeros, "gzip"), "400 damaged_body");
}

TEST(BodyDecoderTest, RefusesDamageAndTruncationAtEveryByte) {
  const std::string packed = gzip("{\"event\":\"Order Completed\"}");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_EQ(outcome(packed.substr(0, size), "gzip"), "400 damaged_body") << size;
  }
  EXPECT_EQ(outcome(packed + "tail", "gzip"), "400 damaged_body");
  EXPECT_EQ(outcome(zlib("{}") + "tail", "deflate"), "400 damaged_body");
  EXPECT_EQ(outcome("\"{}\"", "gzip"), "400 damaged_body");
  std::string wrong_checksum = packed;
  wrong_checksum[wrong_checksum.size() - 5] ^= 1;
  EXPECT_EQ(outcome(wrong_checksum, "gzip"), "400 damaged_body");
}

TEST(BodyDecoderTest, HoldsBothLimitsToTheByte) {
  const BodyLimits limits{.raw_bytes = 2000, .decoded_bytes = 5000};
  EXPECT_EQ(outcome(std::string(2000, 'a'), "", limits), std::string(2000, 'a'));
  EXPECT_EQ(outcome(std::string(2001, 'a'), "", limits), "413 body_too_large");
  EXPECT_EQ(outcome(gzip(std::string(5000, 'a')), "gzip", limits), std::string(5000, 'a'));
  EXPECT_EQ(outcome(gzip(std::string(5001, 'a')), "gzip", limits), "413 body_too_large");
  EXPECT_EQ(outcome(zlib(std::string(5000, 'a')), "deflate", limits), std::string(5000, 'a'));
  EXPECT_EQ(outcome(zlib(std::string(5001, 'a')), "deflate", limits), "413 body_too_large");
  EXPECT_EQ(outcome(gzip(std::string(3000, 'a')) + gzip(std::string(2001, 'a')), "gzip", limits),
            "413 body_too_large");
  EXPECT_EQ(outcome(std::string(1500, 'a'), "", {.raw_bytes = 2000, .decoded_bytes = 1000}),
            "413 body_too_large");
}

TEST(BodyDecoderTest, DoesNotBelieveTheSizeThatGzipClaims) {
  std::string packed = gzip(std::string(300'000, 'a'));
  for (const char claim : {'\0', '\xff'}) {
    std::string lying = packed;
    lying.replace(lying.size() - 4, 4, 4, claim);
    EXPECT_EQ(outcome(lying, "gzip"), "400 damaged_body");
  }
}

}  // namespace
}  // namespace hapax
