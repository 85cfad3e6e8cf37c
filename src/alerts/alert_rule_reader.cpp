// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "alerts/alert_channels.hpp"
#include "alerts/alert_rule.hpp"
#include "read/query_form.hpp"
#include "views/spec/spec_line.hpp"
#include "views/spec/spec_reader.hpp"
#include "views/spec/view_spec.hpp"

namespace hapax {
namespace {

constexpr std::array<std::string_view, 3> kWhens{"above", "below", "absent"};
constexpr std::array<std::string_view, 2> kWindows{"present", "complete"};
constexpr Microseconds kRepeatMin = std::chrono::minutes(1);

/// The members of one rule, by what they are.
class RuleReader {
 public:
  RuleReader(const SpecTable& table, SpecPlace place, std::span<const FigureKind> figures)
      : table_(table), place_(std::move(place)), figures_(figures) {}

  Result<AlertRule> read() && {
    HAPAX_ASSIGN(
        rule_.name,
        read_line(member("name"),
                  {.example = "No sign-ups", .bytes_min = 1, .bytes_max = AlertRule::kNameBytesMax},
                  place_.member("name")));
    HAPAX_ASSIGN(rule_.view, text("view", "signups_per_day", 64));
    HAPAX_ASSIGN(rule_.figure, text("figure", "no_events", 64));
    if (rule_.view.empty() == rule_.figure.empty()) {
      return place_.error("a rule watches one of \"view\" and \"figure\"",
                          R"(write "view":"pages_per_hour" or "figure":"no_events")");
    }
    HAPAX_TRY(rule_.view.empty() ? read_figure() : read_view());
    HAPAX_TRY(read_condition());
    HAPAX_TRY(read_channels(table_, place_, rule_));
    return std::move(rule_);
  }

 private:
  const SpecNode* member(std::string_view key) const { return find_member(table_, key); }

  /// Empty when it is not there.
  Result<std::string> text(std::string_view key, std::string_view example,
                           std::size_t bytes_max) const {
    return read_line(member(key), {.example = example, .bytes_max = bytes_max}, place_.member(key));
  }

  /// Not with what is watched.
  Result<void> refuse(std::span<const std::string_view> keys, std::string_view what) const {
    for (const std::string_view key : keys) {
      if (member(key) != nullptr) {
        return place_.member(key).error(fmt::format("{} has none", what), "leave it out");
      }
    }
    return {};
  }

  Result<void> read_view() {
    constexpr std::string_view kOthers[] = {"source"};
    constexpr std::string_view kQuery[] = {"window"};
    HAPAX_TRY(refuse(kOthers, "a view"));
    HAPAX_TRY(check_name("view", rule_.view));
    HAPAX_ASSIGN(rule_.measure,
                 read_line(member("measure"), {.example = "count", .bytes_min = 1, .bytes_max = 64},
                           place_.member("measure")));
    HAPAX_TRY(check_name("measure", rule_.measure));
    HAPAX_ASSIGN(rule_.query, text("query", "source=web", AlertRule::kQueryBytesMax));
    if (const auto checked = check_query_form(rule_.query, kQuery); !checked) {
      return place_.member("query").error(checked.error());
    }
    HAPAX_ASSIGN(const std::string window, text("window", "present", 64));
    const auto* known = std::ranges::find(kWindows, window);
    if (!window.empty() && known == kWindows.end()) {
      return unknown_word(window, kWindows, "window", place_.member("window"));
    }
    rule_.window = window == "complete" ? AlertWindow::kComplete : AlertWindow::kPresent;
    return {};
  }

  Result<void> check_name(std::string_view key, std::string_view name) const {
    return is_view_name(name)
               ? Result<void>()
               : place_.member(key).error(fmt::format("\"{}\" is no name", name),
                                          "names of views and measures are a-z, 0-9 and _");
  }

  Result<void> read_figure() {
    constexpr std::string_view kOthers[] = {"query", "measure", "window"};
    HAPAX_TRY(refuse(kOthers, "a figure"));
    const auto found = std::ranges::find(figures_, rule_.figure, &FigureKind::name);
    if (found == figures_.end()) {
      std::vector<std::string_view> names;
      std::ranges::transform(figures_, std::back_inserter(names), &FigureKind::name);
      return unknown_word(rule_.figure, names, "figure", place_.member("figure"));
    }
    HAPAX_ASSIGN(rule_.source, text("source", "web", 200));
    if (!rule_.source.empty() && !found->has_sources) {
      return place_.member("source").error(fmt::format("{} is not of a source", rule_.figure),
                                           "leave it out");
    }
    rule_.when = found->when;
    threshold_default_ = found->threshold;
    return {};
  }

  Result<void> read_condition() {
    HAPAX_ASSIGN(const std::string when, text("when", "above", 64));
    const auto* known = std::ranges::find(kWhens, when);
    if (!when.empty() && known == kWhens.end()) {
      return unknown_word(when, kWhens, "condition", place_.member("when"));
    }
    rule_.when = when.empty() ? rule_.when : static_cast<AlertWhen>(known - kWhens.begin());
    if (rule_.when == AlertWhen::kAbsent && rule_.view.empty()) {
      return place_.member("when").error("a figure is never absent", "use above or below");
    }
    HAPAX_TRY(read_threshold());
    HAPAX_TRY(read_for());
    return read_repeat();
  }

  Result<void> read_threshold() {
    const SpecNode* node = member("threshold");
    const auto* number = node != nullptr ? node->as<double>() : nullptr;
    const SpecPlace place = place_.member("threshold");
    if (node != nullptr && number == nullptr) {
      return place.error("this must be a number");
    }
    const bool is_needed = rule_.when != AlertWhen::kAbsent;
    if (number == nullptr && is_needed && !threshold_default_) {
      return place.error("this is missing", "write the number that the value is compared with");
    }
    rule_.threshold = is_needed ? number != nullptr ? *number : *threshold_default_ : 0;
    return {};
  }

  Result<void> read_for() {
    const SpecNode* node = member("for");
    const auto* number = node != nullptr ? node->as<double>() : nullptr;
    const bool is_count = number != nullptr && *number >= 1 && *number <= AlertRule::kForMax &&
                          std::floor(*number) == *number;
    if (node != nullptr && !is_count) {
      return place_.member("for").error(fmt::format(
          "this must be a number of evaluations in a row, 1 to {}", AlertRule::kForMax));
    }
    rule_.evaluations = number != nullptr ? static_cast<std::uint32_t>(*number) : 1;
    return {};
  }

  Result<void> read_repeat() {
    const SpecNode* node = member("repeat");
    if (node == nullptr) {
      return {};
    }
    const SpecPlace place = place_.member("repeat");
    HAPAX_ASSIGN(const Microseconds period, read_period(*node, place));
    if (period < kRepeatMin) {
      return place.error("this is less than a minute", R"(write it as "1h")");
    }
    rule_.repeat = period;
    return {};
  }

  const SpecTable& table_;
  const SpecPlace place_;
  const std::span<const FigureKind> figures_;
  std::optional<double> threshold_default_;
  AlertRule rule_;
};

}  // namespace

Result<AlertRule> parse_alert(std::string_view text, std::string_view id,
                              std::span<const FigureKind> figures) {
  constexpr std::string_view kKeys[] = {
      "name",   "view",    "query", "measure",   "window", "figure",   "source", "when",      "for",
      "repeat", "webhook", "email", "threshold", "id",     "revision", "status", "deliveries"};
  const SpecPlace place(fmt::format("alert \"{}\"", id));
  HAPAX_ASSIGN(const SpecNode node, read_spec_json(text, "an alert"));
  const auto* table = node.as<SpecTable>();
  if (table == nullptr) {
    return place.error("an alert is an object",
                       R"(write it as {"name":"No events","figure":"no_events","threshold":600})");
  }
  HAPAX_TRY(check_keys(*table, kKeys, place));
  return RuleReader(*table, place, figures).read();
}

}  // namespace hapax
