// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/collector_lives.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// What is known of a cluster by those who were asked.
struct TopologyFacts {
  struct Process {
    std::string url;
    Result<std::string> topology;  ///< Its answer to GET /topology.
  };

  ProcessingTime now;
  Result<std::vector<PublishedPartition>> published;
  std::vector<Offset> event_ends = {};  ///< Of the topics, by partition.
  std::vector<Offset> claim_ends = {};
  std::vector<Process> processes = {};
};

/// Who owns a partition, how far behind it is, and why.
struct PartitionPlace {
  PartitionId partition;
  std::string owner = {};  ///< Where it is asked; empty: nobody that was asked has it.
  Offset end = {};
  std::optional<Offset> counted = {};    ///< Of claims: judged. By its owner, else as published.
  std::optional<Offset> published = {};  ///< Of events.
  std::optional<std::uint64_t> state_bytes = {};
  std::optional<EventTime> watermark = {};
  std::optional<ProcessingTime> complete_until = {};
  std::optional<double> lag_seconds =
      {};                      ///< Since the newest event that is published was received.
  std::string waits_for = {};  ///< What it needs to go on; empty: it has counted all.

  std::optional<std::uint64_t> lag_records() const;
};

struct Topology {
  std::vector<PartitionPlace> events = {};
  std::vector<PartitionPlace> claims = {};
  std::vector<PartitionPlace> standbys = {};   ///< Of claims: whose judge stands by, and how far.
  std::vector<CollectorLife> collectors = {};  ///< Live ones.
  std::vector<std::string> troubles = {};      ///< Who could not be asked, and why.
};

/// Where the processes are heard that published last, each once.
std::vector<std::string> owners_of(const TopologyFacts& facts);

Topology topology_of(const TopologyFacts& facts);

/// Tables for people.
std::string topology_text(const Topology& topology, ProcessingTime now);
/// The same for machines (docs/cluster.md).
std::string topology_json_of(const Topology& topology);

}  // namespace hapax
