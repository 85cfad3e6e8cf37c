// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <span>
#include <vector>

#include "adapters/local_log/local_log.hpp"
#include "api/api.hpp"
#include "ports/metrics.hpp"
#include "processing/processor.hpp"

namespace hapax {

/// The histograms of /metrics, with their buckets: what each part of the server is given to measure
/// with. Lifetime: as long as the parts.
class Histograms {
 public:
  Histograms();

  LogMetrics log();
  ProcessorMetrics processor();
  ApiMetrics api();

  std::vector<prometheus::MetricFamily> collect() const { return registry_.Collect(); }

 private:
  class Registered : public Histogram {
   public:
    using Histogram::observe;
    explicit Registered(prometheus::Histogram& histogram) : histogram_(histogram) {}
    void observe(double value) override { histogram_.Observe(value); }

   private:
    prometheus::Histogram& histogram_;
  };

  Registered add(const char* name, const char* help, std::span<const double> buckets);

  prometheus::Registry registry_;  ///< First: the others are in it.
  Registered ack_seconds_;
  Registered query_seconds_;
  Registered sync_seconds_;
  Registered group_bytes_;
  Registered group_records_;
  Registered view_delay_seconds_;
  Registered checkpoint_seconds_;
};

}  // namespace hapax
