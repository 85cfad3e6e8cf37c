// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>

#include "alerts/alerts.hpp"
#include "api/under_way.hpp"
#include "http/http.hpp"
#include "read/answer_budget.hpp"
#include "read/task_pool.hpp"

namespace hapax {

/// The routes of alerts (docs/http-api.md, "Alerts"). A change is answered once it is durable.
/// Changes wait for the disk, and tests for whom they tell, each on a thread of its own.
/// Threading: all calls may run at the same time. Lifetime: the parts must outlive it.
class AlertRoutes {
 public:
  using Respond = HttpHandler::Respond;
  struct Parts {
    Alerts& alerts;
    /// Whether a view that is there has what a rule asks for.
    std::function<Result<void>(const AlertRule&)> check;
    TaskPool& renderer;  ///< Where answers are made.
    AnswerBudget& answers;
  };
  /// Tests that wait for an answer; over it, they get 503.
  static constexpr std::size_t kTestsMax = 4;

  explicit AlertRoutes(Parts parts) : parts_(std::move(parts)) {}

  void list(const Respond& respond);
  void read(const std::string& id, const Respond& respond);
  void put(const std::string& id, const HttpRequest& request, const Respond& respond);
  void drop(const std::string& id, const HttpRequest& request, const Respond& respond);
  void test(const std::string& id, const Respond& respond);

  /// Breaks off the test that is being delivered, and those to come. Before requests are waited
  /// for.
  void break_off() { stopping_.request_stop(); }
  /// Answers what is under way. Before the renderer ends.
  void stop();

 private:
  const Parts parts_;
  std::stop_source stopping_;
  UnderWay tests_under_way_{kTestsMax};
  TaskPool changes_{1};
  TaskPool tests_{1};
};

}  // namespace hapax
