// SPDX-License-Identifier: Apache-2.0
#include "audit_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace hapax {
namespace {

using Json = nlohmann::json;

std::uint64_t count(const Json& row, const char* name) {
  return row.at(name).get<std::uint64_t>();
}

const char* yes(bool holds) {
  return holds ? "yes" : "NO";
}

std::string sources_text(const Json& sources) {
  std::string text = fmt::format("{:<24} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "SOURCE",
                                 "RECEIVED", "REJECTED", "UNIQUE", "DUPLICATE", "COUNTED");
  for (const Json& source : sources) {
    text += fmt::format("{:<24} {:>12} {:>12} {:>12} {:>12} {:>12}\n",
                        source.at("source").get<std::string>(), count(source, "received"),
                        count(source, "rejected"), count(source, "unique"),
                        count(source, "duplicate"), count(source, "counted"));
  }
  return text;
}

std::string partitions_text(const Json& partitions) {
  std::uint64_t processed = 0;
  std::uint64_t end = 0;
  for (const Json& partition : partitions) {
    processed += count(partition, "processed");
    end += count(partition, "end");
  }
  return fmt::format("{} partitions, counted up to {} of {}\n", partitions.size(), processed, end);
}

/// "00000000000000ab", or "3 that left".
std::string who(const Json& collector) {
  const Json& name = collector.at("collector");
  return name.is_null() ? fmt::format("{} that {}", count(collector, "lives"),
                                      collector.at("state") == "left" ? "left" : "are gone")
                        : name.get<std::string>();
}

std::string collectors_text(const Json& collectors) {
  if (collectors.empty()) {
    return {};
  }
  std::string text = fmt::format(
      "\n{:<18} {:<6} {:<6} {:>12} {:>12} {:>8} {:>8} {:>8} {:>10} {:>8}\n", "COLLECTOR", "STATE",
      "EQUAL", "ACKNOWLEDGED", "ARRIVED", "PRESENT", "ABSENT", "OPEN", "UNREPORTED", "BEHIND");
  for (const Json& one : collectors) {
    const Json& unknown = one.at("unknown");
    text += fmt::format("{:<18} {:<6} {:<6} {:>12} {:>12} {:>8} {:>8} {:>8} {:>10} {:>8}\n",
                        who(one), one.at("state").get<std::string>(),
                        yes(one.at("equal").get<bool>()), count(one, "acknowledged"),
                        count(one, "arrived"), count(unknown, "present"), count(unknown, "absent"),
                        count(unknown, "open"), count(one, "unreported"), count(one, "behind"));
  }
  return text;
}

std::string equations_text(const Json& equations) {
  std::string text = fmt::format("\n{:<5} {}\n", "HOLDS", "EQUATION");
  for (const Json& equation : equations) {
    const std::string where = equation.value("where", "");
    text += fmt::format("{:<5} {}{}\n", yes(equation.at("holds").get<bool>()),
                        equation.at("equation").get<std::string>(),
                        where.empty() ? "" : " [" + where + "]");
  }
  return text;
}

AuditText text_of(const Json& json) {
  const Json collectors = json.value("collectors", Json::array());
  const Json& equations = json.at("equations");
  const auto holds = [](const Json& one) { return one.at("holds").get<bool>(); };
  const auto is_equal = [](const Json& one) { return one.at("equal").get<bool>(); };
  const bool all = json.at("balanced").get<bool>() && !equations.empty() &&
                   std::ranges::all_of(equations, holds) &&
                   std::ranges::all_of(collectors, is_equal);
  return {.text = sources_text(json.at("sources")) + partitions_text(json.at("partitions")) +
                  collectors_text(collectors) + equations_text(equations) +
                  (all ? "\nAll holds.\n" : "\nSOMETHING DOES NOT HOLD.\n"),
          .all_holds = all};
}

}  // namespace

Result<AuditText> audit_text(std::string_view answer) {
  try {
    return text_of(Json::parse(answer));
  } catch (const Json::exception& error) {
    return Error{.kind = ErrorKind::kUnavailable,
                 .message = fmt::format("the answer is no audit of hapax: {}", error.what()),
                 .hint = "name a server of the roles serve or query"};
  }
}

}  // namespace hapax
