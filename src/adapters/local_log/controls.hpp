// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// The kind of control record that stands for one that was lost, so that the offsets behind it stay
/// what they were. Only repair writes it; it is never in force.
constexpr std::string_view kLostKind = "lost";

/// The control records in force at some place of the log: the newest of each kind. Together they
/// fit a segment's header. Threading: one owner.
class ControlsInForce {
 public:
  /// Puts `record`, an encoded hapax.v1.Event, in the place of the one of its kind. Errors, nothing
  /// is changed then: kInvalid, it is no control record, or of kLostKind, or there is no room.
  Result<void> take(std::string_view record);

  /// By kind.
  std::vector<std::string> records() const;

 private:
  std::map<std::string, std::string, std::less<>> records_;
};

/// Those that a segment's header holds. Errors: kCorrupt, they are not such records, each of
/// another kind.
Result<ControlsInForce> controls_of(std::span<const std::string> records);

/// The kind of an encoded control record. Errors: kInvalid, it is none.
Result<std::string> control_kind(std::string_view record);

}  // namespace hapax
