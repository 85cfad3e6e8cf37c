// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>
#include <utility>

#include "alerts/alert_message.hpp"
#include "alerts/alerts.hpp"

namespace hapax {
namespace {

Error no_channel() {
  return {ErrorKind::kInvalid, "the alert is not told over this channel any more"};
}

}  // namespace

/// Of those that are due the one that was tried least, so that a receiver that does not answer
/// holds up the first try of no other; else the one that is due next.
std::optional<Alerts::Due> Alerts::next_due() {
  const std::chrono::nanoseconds now = parts_.clock.monotonic();
  const auto rank = [now](const AlertDelivery& delivery) {
    const bool is_due = delivery.due <= now;
    return std::tuple(!is_due, is_due ? delivery.tries : 0, delivery.due);
  };
  std::optional<Due> first;
  for (const auto& [id, status] : journal_.statuses) {
    for (const Channel channel : kChannels) {
      const auto& delivery = status.deliveries.at(index_of(channel));
      const bool waits = delivery && delivery->state == DeliveryState::kWaiting;
      if (waits && (!first || rank(*delivery) < rank(first->delivery))) {
        first = Due{.id = id, .channel = channel, .delivery = *delivery};
      }
    }
  }
  return first;
}

std::optional<std::chrono::nanoseconds> Alerts::deliver(const std::stop_token& stop) {
  while (true) {
    std::optional<Due> due;
    {
      const MutexLock lock(mutex_);
      due = next_due();
    }
    if (!due) {
      return std::nullopt;
    }
    const auto wait = due->delivery.due - parts_.clock.monotonic();
    if (wait > std::chrono::nanoseconds(0) || stop.stop_requested()) {
      return std::max(wait, std::chrono::nanoseconds(0));
    }
    const auto rule = rule_of(due->id);
    const auto sent =
        rule ? send(due->channel, *rule, due->delivery.notice, stop) : Result<void>(no_channel());
    if (!sent && sent.error().kind == ErrorKind::kClosed) {
      return std::chrono::nanoseconds(0);  // The next start tries again.
    }
    end_try(*due, sent);
  }
}

Result<void> Alerts::send(Channel channel, const AlertRule& rule, const Notice& notice,
                          const std::stop_token& stop) {
  if (channel == Channel::kWebhook) {
    return rule.webhook_url.empty()
               ? Result<void>(no_channel())
               : parts_.notifier.post(webhook_of(rule, notice, parts_.clock.now()), stop);
  }
  if (rule.emails.empty()) {
    return no_channel();
  }
  if (!can_mail()) {
    return Error{ErrorKind::kInvalid, "no mail can be sent: there is no mail server",
                 "set alerts.smtp_url and alerts.smtp_from"};
  }
  return parts_.notifier.send(mail_of(rule, notice, parts_.mail_from), stop);
}

void Alerts::end_try(const Due& due, const Result<void>& sent) {
  const MutexLock lock(mutex_);
  (sent ? stats_.delivered : stats_.failed) += 1;
  const auto status = journal_.statuses.find(due.id);
  if (status == journal_.statuses.end()) {
    return;
  }
  auto& delivery = status->second.deliveries.at(index_of(due.channel));
  if (!delivery || delivery->number != due.delivery.number) {
    return;  // There is news.
  }
  delivery->tries += 1;
  delivery->last_try = parts_.clock.now();
  delivery->error = sent ? "" : sent.error().text();
  const bool is_hopeless = !sent && sent.error().kind == ErrorKind::kInvalid;
  const auto again = is_hopeless ? std::nullopt : next_try_after(delivery->tries);
  if (sent) {
    delivery->state = DeliveryState::kDelivered;
  } else if (again) {
    delivery->due = parts_.clock.monotonic() + *again;
  } else {
    delivery->state = DeliveryState::kGaveUp;
    stats_.gave_up += 1;
  }
  write_journal();
}

std::vector<TestedChannel> Alerts::test(const std::string& id, const AlertRule& rule,
                                        const std::stop_token& stop) {
  const ProcessingTime now = parts_.clock.now();
  const Notice notice{.kind = NoticeKind::kTest,
                      .firing = {.id = std::to_string(to_micros(now)),
                                 .alert = id,
                                 .name = rule.name,
                                 .since = now},
                      .at = now};
  std::vector<TestedChannel> tested;
  for (const Channel channel : kChannels) {
    if (has_channel(rule, channel)) {
      const auto sent = send(channel, rule, notice, stop);
      tested.push_back({channel, sent ? "" : sent.error().text()});
    }
  }
  return tested;
}

}  // namespace hapax
