// SPDX-License-Identifier: Apache-2.0
// Bytes that were stored must be read for ever: docs/formats/measures.md.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "stream/measure/measure_set.hpp"
#include "stream/measure/measure_test_support.hpp"

namespace hapax {
namespace {

using enum MeasureKind;

struct Golden {
  std::string name;
  MeasureSpec spec;
  std::string whole;
  std::string summary;
  std::string delta;
};

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    text += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return text;
}

TestEvent stored_event(Value value, std::int64_t micros, std::uint64_t hash) {
  return {.time = event_time_from_micros(micros),
          .id = {.low = 0x0102030405060708, .high = hash},
          .samples = {{.value = value, .hash = hash}}};
}

/// Hashes are given, so that the bytes are the format's alone.
History history() {
  return {stored_event(2.5, -1, 0xA000000000000001), stored_event(-2.0, 7, 0xB000000000000002),
          stored_event(2.5, 3, 0xA000000000000001),  stored_event(true, 1, 0xC000000000000003),
          stored_event("go", 9, 0xD000000000000004), stored_event(Value(), 99, 0)};
}

std::vector<Golden> goldens() {
  return {
      {"Count", {.kind = kCount}, "010600000000000000", "010600000000000000", "01"},
      {"Rate", {.kind = kRate}, "010600000000000000", "010600000000000000", "01"},
      {"Sum",
       {.kind = kSum},
       "010300000000000000020000000000000011010000000003000000",
       "010300000000000000020000000000000011010000000003000000",
       "01"},
      {"Avg",
       {.kind = kAvg},
       "010300000000000000020000000000000011010000000003000000",
       "010300000000000000020000000000000011010000000003000000",
       "01"},
      {"Min",
       {.kind = kMin},
       "010100000000000000c00200000000000000",
       "010100000000000000c00200000000000000",
       "01"},
      {"Max",
       {.kind = kMax},
       "010100000000000004400200000000000000",
       "010100000000000004400200000000000000",
       "01"},
      {"First",
       {.kind = kFirst},
       "01020000000000000440ffffffffffffffff080706050403020101000000000000a0",
       "01020000000000000440ffffffffffffffff080706050403020101000000000000a0",
       "01"},
      {"Last",
       {.kind = kLast},
       "010302000000676f0900000000000000080706050403020104000000000000d0",
       "010302000000676f0900000000000000080706050403020104000000000000d0",
       "01"},
      {"Uniques",
       {.kind = kUniques},
       "01010400000001000000000000a002000000000000b003000000000000c004000000000000d0",
       "0104040000000000000001",
       "01010400000001000000000000a002000000000000b003000000000000c004000000000000d0"},
      {"UniquesEstimated",
       {.kind = kUniques, .exact_max = 3},
       "01020e040000003200280031002c003100300030003400",
       "010404000000000000000437548cf337a1803f",
       "01020e040000003200280031002c003100300030003400"},
      {"Quantile",
       {.kind = kQuantile},
       "0102000000000000000200000000000f000100000000000000100011000200000000000000",
       "0102e70f361ecd1f0440157b14ae47e17a843f0200000000000000",
       "0102000000000000000200000000000f000100000000000000100011000200000000000000"},
      {"Top",
       {.kind = kTop, .k = 2},
       "010105000000000000000400000001000000000000a002000000000000044002000000000000000200000000000"
       "0b00200000000000000c0010000000000000003000000000000c00101010000000000000004000000000000d003"
       "02000000676f0100000000000000",
       "010502000000020000000000000440020000000000000001010100000000000000090200000000000000",
       "010105000000000000000400000001000000000000a002000000000000044002000000000000000200000000000"
       "0b00200000000000000c0010000000000000003000000000000c00101010000000000000004000000000000d003"
       "02000000676f0100000000000000"},
      {"TopOfFew",
       {.kind = kTop, .k = 2, .values_max = 2},
       "010105000000000000000200000001000000000000a002000000000000044002000000000000000200000000000"
       "0b00200000000000000c00100000000000000",
       "01050200000002000000000000044002000000000000000200000000000000c0010000000000000008020000000"
       "0000000",
       "010105000000000000000200000001000000000000a002000000000000044002000000000000000200000000000"
       "0b00200000000000000c00100000000000000"},
  };
}

class MeasureGolden : public testing::TestWithParam<Golden> {};

INSTANTIATE_TEST_SUITE_P(Measures, MeasureGolden, testing::ValuesIn(goldens()),
                         [](const auto& info) { return info.param.name; });

TEST_P(MeasureGolden, StoredBytesNeverChange) {
  const MeasurePlan plan(std::vector{GetParam().spec});
  MeasureSet set = set_of(plan, history());
  EXPECT_EQ(hex(encoded(set)), GetParam().whole);
  std::string summary;
  ByteWriter out(summary);
  set.encode_summary(out);
  EXPECT_EQ(hex(summary), GetParam().summary);
  EXPECT_EQ(hex(encoded(set.take_delta())), GetParam().delta);
}

}  // namespace
}  // namespace hapax
