// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "alerts/alerts.hpp"
#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {

/// Whom alerts tell; a test says whether that goes well.
class FakeNotifier : public Notifier {
 public:
  std::vector<WebhookPost> posts;
  std::vector<Mail> mails;
  std::optional<Error> error;            ///< What the next calls come to.
  std::function<void()> before = [] {};  ///< Called while a message is under way.

  Result<void> post(const WebhookPost& post, std::stop_token /*stop*/) override {
    posts.push_back(post);
    return outcome();
  }
  Result<void> send(const Mail& mail, std::stop_token /*stop*/) override {
    mails.push_back(mail);
    return outcome();
  }

 private:
  Result<void> outcome() {
    before();
    return error ? Result<void>(*error) : Result<void>();
  }
};

/// Alerts in a simulated world: a disk in memory, a clock that a test moves, and a finding that it
/// sets, for the figure "load".
struct FakeAlerts {
  explicit FakeAlerts(DiskImage image = {}) : disk(std::move(image)) { open(); }

  /// As a start does.
  void open() {
    alerts.reset();
    auto opened =
        Alerts::open({.storage = disk,
                      .directory = "alerts",
                      .clock = clock,
                      .random = random,
                      .notifier = notifier,
                      .figures = {{.name = "load", .meaning = "How much there is to do."}},
                      .read = [this](const AlertRule&) { return ++looks, before_answer(), found; },
                      .mail_from = "hapax@example.com"});
    ASSERT_TRUE(opened) << opened.error().text();
    alerts = std::move(*opened);
  }
  /// `more`: members of the rule, each behind a comma.
  void put(const std::string& id, const std::string& more = "") const {
    const auto rule = alerts->parse(
        R"({"name":"Load","figure":"load","threshold":10,"webhook":{"url":"http://hook/path"})" +
            more + "}",
        id);
    ASSERT_TRUE(rule) << rule.error().text();
    const auto changed = alerts->put(id, *rule, {});
    ASSERT_TRUE(changed) << changed.error().text();
  }
  /// Finds it, and tells what is due.
  void look(double value) {
    found = Reading(value);
    look();
  }
  void look() {
    alerts->evaluate();
    alerts->deliver();
  }
  AlertEntry entry(std::size_t index = 0) const { return alerts->report().alerts.at(index); }
  AlertState state() const { return entry().status.state; }

  CrashStorage disk;
  StillClock clock;
  SeededRandom random{5};
  FakeNotifier notifier;
  Result<Reading> found = Reading(0);
  int looks = 0;
  std::function<void()> before_answer = [] {};  ///< Of a look.
  std::unique_ptr<Alerts> alerts;
};

}  // namespace hapax
