// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "alerts/alert_rule.hpp"
#include "core/result.hpp"

namespace hapax {

/// What a rule finds when it looks: a number; or nothing, where there are no events to answer from.
using Reading = std::optional<double>;

/// Finds it. Errors: why nobody can know.
using ReadAlert = std::function<Result<Reading>(const AlertRule& rule)>;

/// A figure of the server's health: what it is, and the function that finds it, for a source or, if
/// that is empty, for all. Errors: why nobody can know now.
struct HealthFigure {
  FigureKind kind;
  std::function<Result<double>(const std::string& source)> read;
};

inline bool is_met(const AlertRule& rule, const Reading& reading) {
  switch (rule.when) {
    case AlertWhen::kAbove:
      return reading && *reading > rule.threshold;
    case AlertWhen::kBelow:
      return reading && *reading < rule.threshold;
    case AlertWhen::kAbsent:
      return !reading;
  }
  return false;
}

}  // namespace hapax
