// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "alerts/alert_reading.hpp"
#include "numbers/gap_source.hpp"
#include "ports/clock.hpp"
#include "processing/processor_settings.hpp"
#include "views/view_source.hpp"

namespace hapax {

/// Where the figures of health that alerts may watch come from.
struct HealthSources {
  ViewSource& books;
  GapSource* gaps = nullptr;  ///< Null: without these figures; so is the processor.
  std::function<EventTime()> watermark;
  std::function<ProcessorStats()> processor = nullptr;
  const Clock& clock;
  std::string data_directory;
};

/// One function each (docs/alerts.md); of those there are sources for.
std::vector<HealthFigure> health_figures(const HealthSources& sources);

std::vector<FigureKind> kinds_of(std::span<const HealthFigure> figures);

/// What a rule that watches a figure finds. Errors: there is none of that name.
Result<Reading> read_figure(std::span<const HealthFigure> figures, const AlertRule& rule);

}  // namespace hapax
