// SPDX-License-Identifier: Apache-2.0
#include "alerts/alert_state.hpp"

#include <algorithm>
#include <utility>

namespace hapax {
namespace {

std::optional<NoticeKind> take_in_met(const AlertRule& rule, ProcessingTime now,
                                      const std::string& id, std::string firing_id,
                                      AlertStatus& status) {
  status.met = std::min(status.met + 1, AlertRule::kForMax);
  if (!status.firing && status.met < rule.evaluations) {
    status.state = AlertState::kOk;
    return std::nullopt;
  }
  status.state = AlertState::kFiring;
  if (!status.firing) {
    status.firing = Firing{.id = std::move(firing_id),
                           .alert = id,
                           .name = rule.name,
                           .since = now,
                           .value = status.value};
    status.told_at = now;
    return NoticeKind::kFiring;
  }
  if (rule.repeat && now - status.told_at >= *rule.repeat) {
    status.told_at = now;
    return NoticeKind::kRepeat;
  }
  return std::nullopt;
}

}  // namespace

std::optional<NoticeKind> take_in(const AlertRule& rule, const Result<Reading>& reading,
                                  ProcessingTime now, const std::string& id, std::string firing_id,
                                  AlertStatus& status) {
  status.looked_at = now;
  status.value = reading ? *reading : Reading();
  status.reason = reading ? "" : reading.error().text();
  if (!reading) {
    status.state = AlertState::kUnknown;
    status.met = 0;
    return std::nullopt;
  }
  if (is_met(rule, *reading)) {
    return take_in_met(rule, now, id, std::move(firing_id), status);
  }
  status.state = AlertState::kOk;
  status.met = 0;
  if (!status.firing) {
    return std::nullopt;
  }
  status.firing->until = now;
  return NoticeKind::kResolved;
}

std::optional<std::chrono::nanoseconds> next_try_after(std::uint32_t tries) {
  constexpr std::uint32_t kTriesMax = 20;
  constexpr std::uint32_t kDoublings = 9;
  constexpr std::chrono::nanoseconds kLongest = std::chrono::minutes(5);
  if (tries >= kTriesMax) {
    return std::nullopt;
  }
  const std::uint32_t doublings = std::min(tries > 0 ? tries - 1 : 0, kDoublings);
  return std::min<std::chrono::nanoseconds>(std::chrono::seconds(1U << doublings), kLongest);
}

std::string_view text_of(AlertState state) {
  constexpr std::array<std::string_view, 3> kTexts{"unknown", "ok", "firing"};
  return kTexts.at(static_cast<std::size_t>(state));
}
std::string_view text_of(NoticeKind kind) {
  constexpr std::array<std::string_view, 4> kTexts{"firing", "repeat", "resolved", "test"};
  return kTexts.at(static_cast<std::size_t>(kind));
}
std::string_view text_of(Channel channel) {
  constexpr std::array<std::string_view, 2> kTexts{"webhook", "email"};
  return kTexts.at(static_cast<std::size_t>(channel));
}
std::string_view text_of(DeliveryState state) {
  constexpr std::array<std::string_view, 3> kTexts{"waiting", "delivered", "gave_up"};
  return kTexts.at(static_cast<std::size_t>(state));
}

}  // namespace hapax
