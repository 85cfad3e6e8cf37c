// SPDX-License-Identifier: Apache-2.0
#include "record/result_settings.hpp"

#include <gtest/gtest.h>

#include "record/event_wire.hpp"

namespace hapax {
namespace {

constexpr ResultSettings kOther{.dedup_window = std::chrono::hours(24 * 30),
                                .out_of_order_bound = Microseconds(1),
                                .idle_timeout = std::chrono::minutes(3)};

TEST(ResultSettingsTest, ComeBackFromTheirRecord) {
  const std::string record = encode_control_record(kSettingsControl, encode_result_settings(kOther),
                                                   processing_time_from_micros(7));
  const auto event = decode_event(record).value();
  EXPECT_EQ(event.received_at, processing_time_from_micros(7));
  const auto control = decode_control(event.control).value();
  EXPECT_EQ(control.kind, kSettingsControl);
  EXPECT_EQ(decode_result_settings(control.value).value(), kOther);
}

TEST(ResultSettingsTest, RefuseWhatIsCutOffOrHoldsNoDuration) {
  const std::string value = encode_result_settings(kOther);
  for (std::size_t size = 0; size < value.size(); ++size) {
    EXPECT_EQ(decode_result_settings(value.substr(0, size)).error().kind, ErrorKind::kCorrupt);
  }
  EXPECT_FALSE(decode_result_settings(value + "x"));
  ResultSettings none = kOther;
  none.idle_timeout = Microseconds(0);
  EXPECT_FALSE(decode_result_settings(encode_result_settings(none)));
}

TEST(ResultSettingsTest, RefuseANewerVersionByItsName) {
  std::string value = encode_result_settings(kOther);
  value[0] = 2;
  const auto settings = decode_result_settings(value);
  ASSERT_FALSE(settings.has_value());
  EXPECT_EQ(settings.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace hapax
