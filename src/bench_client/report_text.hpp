// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bench_client/measurement.hpp"

namespace hapax::bench {

/// For people; some twelve lines.
std::string to_text(const Plan& plan, const Report& report);

/// For machines: one object, durations in nanoseconds, null for what was not measured.
std::string to_json(const Plan& plan, const Report& report);

}  // namespace hapax::bench
