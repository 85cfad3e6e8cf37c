// SPDX-License-Identifier: Apache-2.0
#include "histograms.hpp"

#include <array>

namespace hapax {
namespace {

constexpr std::array kLatencySeconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                     0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
constexpr std::array kCheckpointSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                        0.5,   1.0,    2.5,   5.0,  10.0,  25.0, 60.0};
constexpr std::array kGroupBytes{256.0,   1024.0,    4096.0,    16384.0,   65536.0,
                                 262144., 1048576.0, 4194304.0, 16777216.0};
constexpr std::array kGroupRecords{1.0,   3.0,    10.0,   30.0,    100.0,
                                   300.0, 1000.0, 3000.0, 10000.0, 30000.0};

}  // namespace

Histograms::Histograms()
    : ack_seconds_(add("api_ack_seconds", "From a request's last byte to its acknowledgement.",
                       kLatencySeconds)),
      query_seconds_(add("api_query_seconds",
                         "From a query to its answer, the wait for a receipt (after=) included.",
                         kLatencySeconds)),
      sync_seconds_(add("log_sync_seconds", "fdatasync of a group of requests.", kLatencySeconds)),
      group_bytes_(
          add("log_group_bytes", "Bytes made durable by one group of requests.", kGroupBytes)),
      group_records_(add("log_group_records", "Records made durable by one group of requests.",
                         kGroupRecords)),
      view_delay_seconds_(add("view_delay_seconds",
                              "From an event's arrival until it is counted: the longest of each "
                              "step, without what arrived before the start.",
                              kLatencySeconds)),
      checkpoint_seconds_(add("processor_checkpoint_seconds", "Checkpoints, failed ones included.",
                              kCheckpointSeconds)) {}

Histograms::Registered Histograms::add(const char* name, const char* help,
                                       std::span<const double> buckets) {
  auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
  return Registered(
      family.Add({}, prometheus::Histogram::BucketBoundaries(buckets.begin(), buckets.end())));
}

LogMetrics Histograms::log() {
  return {
      .sync_seconds = sync_seconds_, .group_bytes = group_bytes_, .group_records = group_records_};
}

ProcessorMetrics Histograms::processor() {
  return {.view_delay_seconds = view_delay_seconds_, .checkpoint_seconds = checkpoint_seconds_};
}

ApiMetrics Histograms::api() {
  return {.ack_seconds = ack_seconds_, .query_seconds = query_seconds_};
}

}  // namespace hapax
