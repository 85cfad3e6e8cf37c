// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace hapax {

/// Counts by source and kind, for metrics: there may be more sources than a monitoring system
/// takes.
class ValuesBySource {
 public:
  using Values = std::map<std::pair<std::string, std::string>, std::uint64_t>;

  void add(const std::string& source, const std::string& kind, std::uint64_t value) {
    values_[{source, kind}] += value;
  }

  /// Of the first `count` sources by name; those of all others together are of kOther, as are those
  /// of a source of that name.
  Values first(std::size_t count) const;

  static constexpr const char* kOther = "other";

 private:
  Values values_;
};

}  // namespace hapax
