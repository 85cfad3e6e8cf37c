// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "stream/window/window_spec.hpp"
#include "views/spec/condition.hpp"
#include "views/spec/spec_node.hpp"

namespace hapax {

/// Where in a spec something is, as `view "signups": group_by[1]`, for errors.
class SpecPlace {
 public:
  explicit SpecPlace(std::string view) : view_(std::move(view)) {}

  SpecPlace member(std::string_view key) const;
  SpecPlace element(std::size_t index) const;

  Error error(std::string_view why, std::string hint = "") const;
  /// The same error, at this place.
  Error error(const Error& error) const { return this->error(error.message, error.hint); }

 private:
  std::string view_;
  std::string path_;
};

/// Errors: kInvalid, `word` is not one of `known`; `what` it should be, and the nearest one.
Error unknown_word(std::string_view word, std::span<const std::string_view> known,
                   std::string_view what, const SpecPlace& place);

/// Errors: kInvalid, a key of `table` is not one of `known`.
Result<void> check_keys(const SpecTable& table, std::span<const std::string_view> known,
                        const SpecPlace& place);

/// Errors: kInvalid, `node` is not a text, or longer than 1,024 bytes. `example` is for the hint.
Result<std::string> read_text(const SpecNode& node, std::string_view example,
                              const SpecPlace& place);
Result<Field> read_field(const SpecNode& node, const SpecPlace& place);

/// The value of "where", normalized.
Result<Condition> read_condition(const SpecNode& node, const SpecPlace& place);

/// The value of "window"; nothing: no window. Passes check_window().
Result<WindowSpec> read_window(const SpecNode* node, const SpecPlace& place);
/// As the value of "window", JSON; read_window() reads it back.
std::string window_json(const WindowSpec& window);

/// A time as "90s", "30m", "1d", "2w", which is positive.
Result<Microseconds> read_period(const SpecNode& node, const SpecPlace& place);
/// In the largest unit that holds it, up to days.
std::string period_text(Microseconds period);

}  // namespace hapax
