// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "views/view_source.hpp"

namespace hapax {

/// A ViewSource that answers at once how declared views stand, and publishes nothing.
/// Threading: one caller at a time.
class FakeViewSource : public ViewSource {
 public:
  Result<std::vector<ViewReport>> reports = std::vector<ViewReport>();

  void publish_to(ViewSink&) override {}
  std::optional<PublicationTicket> want(Want, std::string_view) override { return std::nullopt; }
  void newest(std::optional<std::string>,
              std::function<void(Result<std::optional<NewestEvent>>)> answer) override {
    answer(std::optional<NewestEvent>());
  }
  void views(std::function<void(Result<std::vector<ViewReport>>)> answer) override {
    answer(reports);
  }
  void audit(std::function<void(Result<AuditReport>)> answer) override { answer(AuditReport()); }
};

}  // namespace hapax
