// SPDX-License-Identifier: Apache-2.0
#include "topology_json.hpp"

#include <nlohmann/json.hpp>

namespace hapax {
namespace {

nlohmann::ordered_json partitions(const std::vector<OwnedPartition>& owned) {
  auto list = nlohmann::ordered_json::array();
  for (const OwnedPartition& one : owned) {
    nlohmann::ordered_json partition{{"partition", one.partition.value()},
                                     {"restored", one.is_restored},
                                     {"counted", one.counted.value()},
                                     {"durable", one.durable.value()},
                                     {"state_bytes", one.state_bytes}};
    if (one.contradictions > 0) {
      partition["contradictions"] = one.contradictions;
    }
    if (!one.waits_for.empty()) {
      partition["waits_for"] = one.waits_for;
    }
    if (!one.error.empty()) {
      partition["error"] = one.error;
    }
    list.push_back(std::move(partition));
  }
  return list;
}

}  // namespace

std::string topology_json(const ProcessStatus& status) {
  return nlohmann::ordered_json{{"ready", status.is_ready},
                                {"events", partitions(status.events)},
                                {"claims", partitions(status.claims)},
                                {"standbys", partitions(status.standbys)}}
      .dump();
}

}  // namespace hapax
