// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace hapax {

/// Event names that were refused since the start.
struct RefusedNames {
  std::uint64_t count = 0;  ///< Each time that one was asked for.
  ProcessingTime last;      ///< When the last was.
};

struct NameLimitStats {
  bool enforced = false;  ///< While it is not, every name passes.
  std::uint64_t known = 0;
  std::uint64_t memory_bytes = 0;
  std::map<std::string, RefusedNames> refused;  ///< By source.
};

/// How many event names each source may begin to use in a day: each name costs whoever reads a
/// cell a minute. Threading: all calls may run at the same time.
class NameLimit {
 public:
  virtual ~NameLimit() = default;

  /// Whether an event of `source` with `name` may be taken, received at `received_at`. A name that
  /// is known always may, and one that may is known from now on. Others count for the UTC day.
  virtual bool admit(std::string_view source, std::string_view name,
                     ProcessingTime received_at) = 0;

  virtual NameLimitStats stats() const = 0;
};

/// No limit.
class AnyName final : public NameLimit {
 public:
  bool admit(std::string_view, std::string_view, ProcessingTime) override { return true; }
  NameLimitStats stats() const override { return {}; }
};

}  // namespace hapax
