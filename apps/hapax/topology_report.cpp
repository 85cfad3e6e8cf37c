// SPDX-License-Identifier: Apache-2.0
#include "topology_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/timestamp.hpp"
#include "published/published_manifest.hpp"

namespace hapax {
namespace {

using Json = nlohmann::ordered_json;

std::vector<PartitionPlace> places_of(const std::vector<Offset>& ends) {
  std::vector<PartitionPlace> places;
  for (std::uint32_t partition = 0; partition < ends.size(); ++partition) {
    places.push_back({.partition = PartitionId(partition), .end = ends[partition]});
  }
  return places;
}

void add_published(const PublishedManifest& manifest, ProcessingTime now, PartitionPlace& place) {
  place.counted = place.published = manifest.partition.processed;
  place.watermark = manifest.partition.watermark;
  place.complete_until = manifest.complete_until;
  std::uint64_t newest = 0;
  for (const SourceAudit& source : manifest.sources) {
    newest = std::max(newest, source.newest_received);
  }
  if (newest > 0) {
    const auto age = now - processing_time_from_micros(static_cast<std::int64_t>(newest));
    place.lag_seconds = std::max(0.0, std::chrono::duration<double>(age).count());
  }
}

void add_published(const TopologyFacts& facts, Topology& to) {
  if (!facts.published) {
    to.troubles.push_back(facts.published.error().text());
    return;
  }
  std::vector<CollectorAudit> collectors;
  for (std::size_t p = 0; p < std::min(to.events.size(), facts.published->size()); ++p) {
    const PublishedPartition& published = (*facts.published)[p];
    if (published.version == 0) {
      continue;
    }
    const auto manifest = decode_published(published.manifest);
    if (!manifest) {
      to.troubles.push_back(fmt::format("partition {}: {}", p, manifest.error().text()));
      continue;
    }
    add_published(*manifest, facts.now, to.events[p]);
    collectors.insert(collectors.end(), manifest->collectors.begin(), manifest->collectors.end());
  }
  to.collectors = lives_of(collectors);
  std::erase_if(to.collectors, [](const CollectorLife& life) {
    return life.whole.state != CollectorAudit::State::kLive;
  });
}

/// What keeps a partition that has an owner from going on.
std::string reason_of(const Json& owned, const PartitionPlace& place) {
  if (owned.contains("contradictions")) {
    return fmt::format("somebody who looks at the topic of verdicts: {} differ from earlier ones",
                       owned.at("contradictions").get<std::uint64_t>());
  }
  for (const char* why : {"error", "waits_for"}) {
    if (owned.contains(why)) {
      return owned.at(why).get<std::string>();
    }
  }
  const Offset counted(owned.at("counted").get<std::uint64_t>());
  const Offset durable(owned.at("durable").get<std::uint64_t>());
  return counted < place.end                             ? "its turn: its process counts"
         : durable < counted                             ? "its state to be kept"
         : place.published && *place.published < durable ? "PostgreSQL"
                                                         : "";
}

void add_owned(const std::string& url, const Json& owned, std::vector<PartitionPlace>& places) {
  const auto partition = owned.at("partition").get<std::uint32_t>();
  if (partition >= places.size()) {
    return;
  }
  PartitionPlace& place = places[partition];
  if (!place.owner.empty() && !owned.at("restored").get<bool>()) {
    return;  // It was moved, and the other one has it already.
  }
  place.owner = url;
  if (owned.at("restored").get<bool>()) {
    place.counted = Offset(owned.at("counted").get<std::uint64_t>());
  }
  place.state_bytes = owned.value("state_bytes", std::uint64_t{0});
  place.waits_for = reason_of(owned, place);
}

/// A judge that stands by keeps nothing and is waited for by nobody.
void add_standby(const std::string& url, const Json& judge, Topology& to) {
  const auto partition = judge.at("partition").get<std::uint32_t>();
  if (partition >= to.claims.size()) {
    return;
  }
  PartitionPlace& place = to.standbys.emplace_back();
  place = {.partition = PartitionId(partition), .owner = url, .end = to.claims[partition].end};
  if (judge.at("restored").get<bool>()) {
    place.counted = Offset(judge.at("counted").get<std::uint64_t>());
  }
  place.waits_for = judge.value("error", judge.value("waits_for", std::string()));
}

Result<void> add_process(const TopologyFacts::Process& process, Topology& to) {
  HAPAX_ASSIGN(const std::string text, process.topology);
  try {
    const Json json = Json::parse(text);
    for (const auto& [name, places] :
         {std::pair("events", &to.events), std::pair("claims", &to.claims)}) {
      for (const Json& owned : json.at(name)) {
        add_owned(process.url, owned, *places);
      }
    }
    for (const Json& judge : json.value("standbys", Json::array())) {
      add_standby(process.url, judge, to);
    }
  } catch (const Json::exception& error) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("the answer is no topology: {}", error.what())};
  }
  return {};
}

void name_the_unowned(std::vector<PartitionPlace>& places) {
  for (PartitionPlace& place : places) {
    if (place.owner.empty()) {
      place.waits_for = "an owner";
    }
    if (place.lag_records() == 0U) {
      place.lag_seconds = 0;
    }
  }
}

template <typename Time>
std::string text_of(const std::optional<Time>& time) {
  return time && *time > Time::min() ? to_iso8601(EventTime(time->time_since_epoch())) : "-";
}

std::string size_text(const std::optional<std::uint64_t>& bytes) {
  return bytes ? fmt::format("{:.1f} MiB", static_cast<double>(*bytes) / (1U << 20U)) : "-";
}

template <typename Value>
std::string or_dash(const std::optional<Value>& value, fmt::format_string<const Value&> how) {
  return value ? fmt::format(how, *value) : "-";
}

std::string row_of(const char* topic, const PartitionPlace& place) {
  return fmt::format("{:<7} {:>5} {:<32} {:>10} {:>9} {:<28} {:<28} {:>11} {}\n", topic,
                     place.partition.value(), place.owner.empty() ? "nobody" : place.owner,
                     or_dash(place.lag_records(), "{}"), or_dash(place.lag_seconds, "{:.1f}"),
                     text_of(place.watermark), text_of(place.complete_until),
                     size_text(place.state_bytes), place.waits_for.empty() ? "-" : place.waits_for);
}

std::string row_of(const CollectorLife& life, ProcessingTime now) {
  const CollectorAudit& whole = life.whole;
  const auto seconds = [](auto duration) {
    return std::chrono::duration<double>(duration).count();
  };
  const bool has_reported = whole.reported_at > ProcessingTime::min();
  return fmt::format(
      "{:<18} {:>10} {:>15} {:<28} {:>8}\n", collector_name(whole.collector),
      has_reported ? fmt::format("{:+.3f}", seconds(whole.clock - whole.reported_at)) : "-",
      has_reported ? fmt::format("{:.1f}", seconds(now - whole.reported_at)) : "-",
      text_of(std::optional(whole.oldest_unsettled)), whole.figures.open);
}

template <typename Time>
Json time_json(const std::optional<Time>& time) {
  const std::string text = text_of(time);
  return text == "-" ? Json() : Json(text);
}

template <typename Value>
Json value_json(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

Json offset_json(const std::optional<Offset>& offset) {
  return offset ? Json(offset->value()) : Json();
}

Json json_of(const std::vector<PartitionPlace>& places) {
  auto list = Json::array();
  for (const PartitionPlace& place : places) {
    list.push_back({{"partition", place.partition.value()},
                    {"owner", place.owner.empty() ? Json() : Json(place.owner)},
                    {"end", place.end.value()},
                    {"counted", offset_json(place.counted)},
                    {"published", offset_json(place.published)},
                    {"lag_records", value_json(place.lag_records())},
                    {"lag_seconds", value_json(place.lag_seconds)},
                    {"watermark", time_json(place.watermark)},
                    {"complete_until", time_json(place.complete_until)},
                    {"state_bytes", value_json(place.state_bytes)},
                    {"waits_for", place.waits_for.empty() ? Json() : Json(place.waits_for)}});
  }
  return list;
}

Json json_of(const CollectorLife& life) {
  const CollectorAudit& whole = life.whole;
  const bool has_reported = whole.reported_at > ProcessingTime::min();
  const auto off = std::chrono::duration<double>(whole.clock - whole.reported_at).count();
  return {{"collector", collector_name(whole.collector)},
          {"reported_at", time_json(std::optional(whole.reported_at))},
          {"clock_off_seconds", has_reported ? Json(off) : Json()},
          {"oldest_unsettled", time_json(std::optional(whole.oldest_unsettled))},
          {"unknown_open", whole.figures.open}};
}

}  // namespace

std::optional<std::uint64_t> PartitionPlace::lag_records() const {
  return counted ? std::optional(end.value() - std::min(end, *counted).value()) : std::nullopt;
}

std::vector<std::string> owners_of(const TopologyFacts& facts) {
  std::set<std::string> owners;
  if (facts.published) {
    for (const PublishedPartition& one : *facts.published) {
      const auto manifest = decode_published(one.manifest);
      if (one.version > 0 && manifest && !manifest->owner.empty()) {
        owners.insert(manifest->owner);
      }
    }
  }
  return {owners.begin(), owners.end()};
}

Topology topology_of(const TopologyFacts& facts) {
  Topology topology{.events = places_of(facts.event_ends), .claims = places_of(facts.claim_ends)};
  add_published(facts, topology);
  for (const TopologyFacts::Process& process : facts.processes) {
    if (const Result<void> added = add_process(process, topology); !added) {
      topology.troubles.push_back(fmt::format("{}: {}", process.url, added.error().text()));
    }
  }
  name_the_unowned(topology.events);
  name_the_unowned(topology.claims);
  std::ranges::sort(topology.standbys, {}, &PartitionPlace::partition);
  return topology;
}

std::string topology_text(const Topology& topology, ProcessingTime now) {
  std::string text =
      fmt::format("{:<7} {:>5} {:<32} {:>10} {:>9} {:<28} {:<28} {:>11} {}\n", "TOPIC", "PART",
                  "OWNER", "LAG", "LAG S", "WATERMARK", "COMPLETE UNTIL", "STATE", "WAITS FOR");
  for (const auto& [name, places] :
       {std::pair("events", &topology.events), std::pair("claims", &topology.claims),
        std::pair("standby", &topology.standbys)}) {
    for (const PartitionPlace& place : *places) {
      text += row_of(name, place);
    }
  }
  text += fmt::format("\n{:<18} {:>10} {:>15} {:<28} {:>8}\n", "COLLECTOR", "CLOCK S",
                      "REPORTED S AGO", "OLDEST UNSETTLED", "UNKNOWN");
  for (const CollectorLife& life : topology.collectors) {
    text += row_of(life, now);
  }
  for (const std::string& trouble : topology.troubles) {
    text += "\n! " + trouble + "\n";
  }
  return text;
}

std::string topology_json_of(const Topology& topology) {
  auto collectors = Json::array();
  for (const CollectorLife& life : topology.collectors) {
    collectors.push_back(json_of(life));
  }
  return Json{{"events", json_of(topology.events)},
              {"claims", json_of(topology.claims)},
              {"standbys", json_of(topology.standbys)},
              {"collectors", std::move(collectors)},
              {"troubles", topology.troubles}}
      .dump();
}

}  // namespace hapax
