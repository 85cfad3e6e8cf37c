// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "core/result.hpp"

namespace hapax {

/// One setting as an operator sees it: declared here and nowhere else. The config file,
/// environment, flags, `hapax config print` and docs/config.md all come from this table.
struct Option {
  std::string_view key;   ///< "log.segment_bytes": [log] segment_bytes in the file.
  std::string_view help;  ///< One sentence with unit and range.
  /// Sets the field from text. Errors: kInvalid, what does not fit.
  std::function<Result<void>(Settings&, std::string_view)> set;
  std::function<std::string(const Settings&)> show;
  bool secret = false;     ///< Its value is never printed.
  bool is_switch = false;  ///< Its flag has no value: there, it is yes.
};

std::span<const Option> options();

constexpr std::string_view kEnvironmentPrefix = "HAPAX_";
constexpr std::string_view kConfigVariable = "HAPAX_CONFIG";  ///< Names the settings file.
/// The key that `hapax view` sends.
constexpr std::string_view kAdminKeyVariable = "HAPAX_ADMIN_KEY";

/// HAPAX_LOG_SEGMENT_BYTES for log.segment_bytes.
std::string environment_name(const Option& option);

/// --log-segment-bytes for log.segment_bytes; --listen, --data-dir and --dev, which everybody
/// needs, go without their section.
std::string flag_name(const Option& option);

}  // namespace hapax
