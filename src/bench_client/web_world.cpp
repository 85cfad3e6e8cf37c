// SPDX-License-Identifier: Apache-2.0
#include "bench_client/web_world.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace hapax::bench {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kPages = 1'000;
constexpr std::uint64_t kProducts = 5'000;
constexpr std::uint64_t kAnswers = 20;
constexpr std::uint64_t kCampaigns = 12;
constexpr std::uint64_t kReferrers = 50;
constexpr std::uint64_t kDay = 1'440;  // Minutes.

Microseconds within(Microseconds limit, std::uint64_t bits) {
  const auto width = static_cast<std::uint64_t>(2 * limit.count() + 1);
  return Microseconds(static_cast<std::int64_t>(bits % width)) - limit;
}

}  // namespace

WebDevice WebDevice::of(std::uint64_t number) {
  std::mt19937_64 engine(number);
  WebDevice device{.number = number};
  const auto clock = engine() % 1'000;
  if (clock < 2) {
    device.clock_error = -std::chrono::abs(within(hours(24 * 3'650), engine()));
  } else if (clock < 52) {
    device.clock_error = within(hours(48), engine());
  } else if (clock < 82) {
    device.tells_sent_at = false;
  }
  const auto upload = engine() % 1'000;
  if (upload < 100) {
    device.upload_every = minutes(60) + minutes(engine() % 300);
  } else if (upload < 120) {
    device.upload_every = minutes(kDay + engine() % kDay);
  }
  return device;
}

WebWorld::WebWorld(const Settings& settings)
    : settings_(settings),
      engine_(settings.seed),
      between_visits_(std::max(
          Microseconds(1), std::chrono::duration_cast<Microseconds>(
                               Microseconds(kSpan) * kEventsPerVisit /
                               static_cast<double>(std::max<std::uint64_t>(settings.events, 1))))),
      next_visit_(settings.end - Microseconds(kSpan)) {}

Microseconds WebWorld::exponential(Microseconds mean) {
  const double uniform = (static_cast<double>(below(1U << 30U)) + 0.5) / (1U << 30U);
  return Microseconds(std::llround(-std::log(uniform) * static_cast<double>(mean.count())));
}

std::uint64_t WebWorld::zipf(std::uint64_t count) {
  const double uniform = static_cast<double>(below(1U << 30U)) / (1U << 30U);
  const double rank = std::exp(uniform * std::log(static_cast<double>(count) + 1));
  return std::min(static_cast<std::uint64_t>(rank), count) - 1;
}

WebEvent WebWorld::next() {
  while (true) {
    if (steps_.empty() || to_micros(next_visit_) <= steps_.top().at) {
      begin_visit();
      continue;
    }
    const Step step = steps_.top();
    steps_.pop();
    if (step.sends) {
      return step.event;
    }
    look(step.event);
  }
}

void WebWorld::begin_visit() {
  WebVisit visit;
  visit.visitor = zipf(settings_.visitors);
  visit.knows_user = visit.visitor % 3 == 0;
  visit.device = WebDevice::of(2 * visit.visitor + (visit.knows_user && one_in(5) ? 1 : 0));
  visit.campaign = one_in(4) ? static_cast<std::uint32_t>(1 + zipf(kCampaigns)) : 0;
  visit.referrer = one_in(2) ? static_cast<std::uint32_t>(1 + zipf(kReferrers)) : 0;
  plan(next_visit_, false, {.visit = visit, .enters = true});
  next_visit_ += exponential(between_visits_);
}

void WebWorld::plan(EventTime at, bool sends, const WebEvent& event) {
  WebEvent planned = event;
  planned.at = std::min(sends ? event.at : at, settings_.end);
  steps_.push({.at = to_micros(at), .order = planned_++, .sends = sends, .event = planned});
}

/// A page, perhaps something done there, perhaps one more page.
void WebWorld::look(WebEvent event) {
  event.page = static_cast<std::uint32_t>(zipf(kPages));
  plan_sending(event);
  if (one_in(4)) {
    act(event);
  }
  if (!one_in(4)) {
    event.enters = false;
    plan(event.at + std::max(exponential(seconds(30)), Microseconds(seconds(1))), false, event);
  }
}

void WebWorld::act(WebEvent event) {
  event.enters = false;
  event.at += Microseconds(below(1'000'000));
  const auto chance = below(10);
  event.action = chance < 6   ? WebAction::kProductAdded
                 : chance < 8 ? WebAction::kOrderCompleted
                              : WebAction::kSurveyAnswered;
  event.page = static_cast<std::uint32_t>(
      zipf(event.action == WebAction::kSurveyAnswered ? kAnswers : kProducts));
  plan_sending(event);
}

void WebWorld::plan_sending(const WebEvent& event) {
  WebEvent sent = event;
  sent.number = events_++;
  const auto every = event.visit.device.upload_every.count();
  const auto at = to_micros(event.at);
  const auto when = event_time_from_micros(every == 0 ? at : (at / every + 1) * every);
  plan(when, true, sent);
  if (one_in(50)) {
    sent.again = true;
    plan(when + exponential(minutes(1)), true, sent);
  }
}

}  // namespace hapax::bench
