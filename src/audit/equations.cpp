// SPDX-License-Identifier: Apache-2.0
#include "audit/equations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "audit/collector_lives.hpp"

namespace hapax {
namespace {

std::string show(std::uint64_t value) {
  return std::to_string(value);
}

std::string show(const Digest& digest) {
  return to_hex(digest);
}

/// Checks `left(item) = right(item)` for all items.
template <typename Items, typename Name, typename Left, typename Right>
Equation check(std::string text, const Items& items, Name name, Left left, Right right) {
  Equation equation{.text = std::move(text), .holds = true, .where = {}};
  for (const auto& item : items) {
    if (left(item) != right(item)) {
      equation.holds = false;
      equation.where += fmt::format("{}{}: {} != {}", equation.where.empty() ? "" : "; ",
                                    name(item), show(left(item)), show(right(item)));
    }
  }
  return equation;
}

std::string place_of(const CollectorAudit& audit) {
  const std::string who = audit.collector == 0
                              ? fmt::format("of those that are {}", name_of(audit.state))
                              : "collector " + collector_name(audit.collector);
  return fmt::format("{} in partition {}", who, audit.partition.value());
}

std::vector<Equation> check_collectors(const std::vector<CollectorAudit>& collectors) {
  using C = const CollectorAudit&;
  return {
      check(
          "arrived = acknowledged + unknown that arrived", collectors, place_of,
          [](C c) { return c.figures.arrived; },
          [](C c) { return c.figures.acknowledged + c.figures.arrived_unknown; }),
      check(
          "digest(arrived) = digest(acknowledged) + digest(unknown that arrived)", collectors,
          place_of, [](C c) { return c.figures.marked_arrived.digest; },
          [](C c) {
            return c.figures.marked_acknowledged.digest + c.figures.marked_unknown.digest;
          }),
      check(
          "out of order + repeated = 0", collectors, place_of,
          [](C c) { return c.figures.out_of_order + c.figures.repeated; },
          [](C /*c*/) { return std::uint64_t{0}; }),
  };
}

std::vector<Equation> check_events(const AuditReport& report) {
  using S = const SourceAudit&;
  using P = const PartitionAudit&;
  const auto& sources = report.sources;
  const auto by_source = [](S s) { return s.source; };
  using V = const ViewAudit&;
  const auto given = [](V v) { return v.earlier + v.filtered + v.matching; };
  const auto done = [](V v) { return v.counted + v.expired + v.without_key; };
  const auto by_view = [](V v) { return "view " + v.view; };
  const auto by_partition = [](P p) { return fmt::format("partition {}", p.partition.value()); };
  return {
      check(
          "received = accepted + rejected", sources, by_source, [](S s) { return s.received; },
          [](S s) { return s.accepted + s.rejected; }),
      check(
          "accepted = unique + duplicate", sources, by_source, [](S s) { return s.accepted; },
          [](S s) { return s.unique + s.duplicate; }),
      check(
          "conflict + restamped <= duplicate", sources, by_source,
          [](S s) { return std::max(s.duplicate, s.conflict + s.restamped); },
          [](S s) { return s.duplicate; }),
      check(
          "unique = on time + late", sources, by_source, [](S s) { return s.unique; },
          [](S s) { return s.on_time + s.late; }),
      check(
          "counted = unique", sources, by_source, [](S s) { return s.counted; },
          [](S s) { return s.unique; }),
      check(
          "digest(received) = digest(accepted) + digest(rejected)", sources, by_source,
          [](S s) { return s.received_digest; },
          [](S s) { return s.accepted_digest + s.rejected_digest; }),
      check(
          "digest(accepted) = digest(unique) + digest(duplicate)", sources, by_source,
          [](S s) { return s.accepted_digest; },
          [](S s) { return s.unique_digest + s.duplicate_digest; }),
      check(
          "digest(counted) = digest(unique)", sources, by_source,
          [](S s) { return s.counted_digest; }, [](S s) { return s.unique_digest; }),
      check(
          "digest(log) = digest(processed)", report.partitions, by_partition,
          [](P p) { return p.log_digest; }, [](P p) { return p.processed_digest; }),
      check(
          "unique = earlier + filtered + matching", report.views, by_view,
          [](V v) { return v.unique.count; }, [&](V v) { return given(v).count; }),
      check(
          "matching = counted + expired + without_key", report.views, by_view,
          [](V v) { return v.matching.count; }, [&](V v) { return done(v).count; }),
      check(
          "digest(unique) = digest(earlier) + digest(filtered) + digest(matching)", report.views,
          by_view, [](V v) { return v.unique.digest; }, [&](V v) { return given(v).digest; }),
      check(
          "digest(matching) = digest(counted) + digest(expired) + digest(without_key)",
          report.views, by_view, [](V v) { return v.matching.digest; },
          [&](V v) { return done(v).digest; }),
  };
}

}  // namespace

std::vector<Equation> check_books(const AuditReport& report) {
  std::vector<Equation> equations = check_events(report);
  if (!report.collectors.empty()) {
    std::ranges::move(check_collectors(report.collectors), std::back_inserter(equations));
  }
  return equations;
}

bool balanced(const std::vector<Equation>& equations) {
  return std::all_of(equations.begin(), equations.end(),
                     [](const Equation& equation) { return equation.holds; });
}

}  // namespace hapax
