// SPDX-License-Identifier: Apache-2.0
#include "bench_client/batch_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace hapax::bench {
namespace {

constexpr std::size_t kTimeBytes = 24;  // 2026-11-23T22:40:37.979Z
constexpr std::size_t kMillisAt = 20;
constexpr std::size_t kUserDigitsMin = 5;

constexpr std::array<std::string_view, 10> kNames{
    "Product Viewed",  "Product Added",  "Product Removed",  "Cart Viewed",     "Checkout Started",
    "Order Completed", "Coupon Entered", "Search Submitted", "Survey Answered", "Banner Clicked",
};
constexpr std::array<std::string_view, 4> kLists{"sale", "top", "new", "for-you"};
constexpr std::array<std::string_view, 3> kDevices{"mobile", "desktop", "tablet"};
constexpr std::array<std::string_view, 4> kLanguages{"de-DE", "en-GB", "en-US", "fr-FR"};

void put_digits(char* text, std::uint64_t value, std::size_t digits) {
  while (digits > 0) {
    text[--digits] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

std::string iso_time(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace

BatchBody::BatchBody(const BatchSpec& spec)
    : users_(spec.users),
      user_digits_(std::max(kUserDigitsMin, std::to_string(spec.users - 1).size())) {
  text_ = R"({"batch":[)";
  for (std::size_t i = 0; i < spec.events; ++i) {
    text_ += i == 0 ? "" : ",";
    add_event(spec, spec.variant * spec.events + i);
  }
  sent_at_ = add_hole(R"(],"sentAt":")", kTimeBytes);
  text_ += fmt::format(R"(","writeKey":"{}"}})", spec.write_key);
}

std::size_t BatchBody::add_hole(std::string_view before, std::size_t bytes) {
  text_ += before;
  text_.append(bytes, '0');
  return text_.size() - bytes;
}

void BatchBody::add_event(const BatchSpec& spec, std::uint64_t number) {
  Places places{};
  places.message_id = add_hole(R"({"messageId":")", MessageIds::kTextBytes);
  text_ += fmt::format(R"(","type":"track","event":"{}")", spec.event_name.empty()
                                                               ? kNames[number % kNames.size()]
                                                               : std::string_view(spec.event_name));
  places.timestamp = add_hole(R"(,"timestamp":")", kTimeBytes);
  places.user = add_hole(R"(","userId":"u-)", user_digits_);
  places.anonymous = add_hole(R"(","anonymousId":"a-)", user_digits_);
  // Numbers without a common divisor with the counts, so that the values do not move in step.
  const auto product = number * 7919 % 9000 + 1000;
  text_ += fmt::format(
      R"(","properties":{{"url":"https://shop.example/p/{}","referrer":"https://ads.example",)"
      R"("price":{}.{:02},"currency":"EUR","list":"{}","place":{},"stock":{}}},)"
      R"("context":{{"device":"{}","lang":"{}"}}}})",
      product, product % 90 + 10, number * 37 % 100, kLists[number * 3 / 7 % kLists.size()],
      number % 9 + 1, number % 5 != 0, kDevices[number * 5 / 11 % kDevices.size()],
      kLanguages[number / 3 % kLanguages.size()]);
  events_.push_back(places);
}

std::string_view BatchBody::refresh(MessageIds& ids, ProcessingTime now) {
  using std::chrono::milliseconds;
  const std::chrono::sys_time<Microseconds> utc(now.time_since_epoch());
  const auto sent = std::chrono::floor<milliseconds>(utc);
  const auto second = std::chrono::floor<std::chrono::seconds>(sent) - std::chrono::seconds(1);
  const auto event_time = iso_time(second);
  for (const auto& places : events_) {
    const auto bits = ids.write_next(text_.data() + places.message_id);
    const auto user = bits % users_;
    event_time.copy(text_.data() + places.timestamp, kTimeBytes);
    put_digits(text_.data() + places.timestamp + kMillisAt, (bits >> 32U) % 1000, 3);
    put_digits(text_.data() + places.user, user, user_digits_);
    put_digits(text_.data() + places.anonymous, user, user_digits_);
  }
  iso_time(sent).copy(text_.data() + sent_at_, kTimeBytes);
  return text_;
}

}  // namespace hapax::bench
