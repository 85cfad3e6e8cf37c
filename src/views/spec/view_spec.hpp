// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "stream/window/window_spec.hpp"
#include "views/spec/condition.hpp"
#include "views/spec/field.hpp"
#include "views/spec/measure.hpp"

namespace hapax {

/// A view as a user declares it, free of contradictions: docs/views.md. Two texts that say the same
/// give equal specs.
struct ViewSpec {
  static constexpr std::size_t kNameBytesMax = 64;  ///< Of the view's and a measure's.
  static constexpr std::size_t kGroupFieldsMax = 8;
  static constexpr std::size_t kMeasuresMax = 32;
  static constexpr std::uint64_t kGroupsMax = 10'000'000;  ///< Of groups_max.
  // Of keys_bytes_max.
  static constexpr std::uint64_t kKeysBytesMin = std::uint64_t{64} << 10U;
  static constexpr std::uint64_t kKeysBytesMax = std::uint64_t{1} << 40U;

  std::string name;
  Condition where;              ///< Normalized.
  WindowSpec window;            ///< Passes check_window(). With session_gap: `per` is there.
  std::vector<Field> group_by;  ///< Each once, none of a key's state; of a last one: with `per`.
  /// What the state of the first stage is kept by; then the measures are over keys or, with
  /// window.session_gap, over their sessions.
  std::optional<Field> per;
  std::vector<Measure> measures;     ///< By name; at least one.
  std::optional<Microseconds> keep;  ///< How long a window lives after its end; nothing: for ever.
  /// How many groups of a window, of each source if it is grouped by source, are kept apart, 1 to
  /// kGroupsMax; nothing: as the server's settings say. Not with `per`.
  std::optional<std::uint64_t> groups_max = {};
  /// What the keys of a window, or of a view of sessions, may weigh, kKeysBytesMin to
  /// kKeysBytesMax: beyond it a sample of them is counted; nothing: as the server's settings say.
  /// With `per` only, and not where it is measured whether a key is new.
  std::optional<std::uint64_t> keys_bytes_max = {};

  /// After how long a silence a key is new again, not less than a window, or the gap of sessions;
  /// nothing: never. Only with a measure of key.is_new.
  std::optional<Microseconds> first_seen_keep = {};

  /// Is a measure of that?
  bool has_measure_of(FieldKind kind) const;

  friend bool operator==(const ViewSpec&, const ViewSpec&) = default;
};

/// Whether `text` may name a view or a measure: a-z, 0-9 and _, it begins with a letter or with _.
bool is_view_name(std::string_view text);

/// Reads one view, a JSON object.
/// Errors: kInvalid, with the place in the spec, why it is refused and what is meant instead.
Result<ViewSpec> parse_view_json(std::string_view text);

/// Reads every [[view]] of a TOML text, in its order; the other keys are not looked at.
/// Errors: as parse_view_json(), and a name that is there twice.
Result<std::vector<ViewSpec>> parse_views_toml(std::string_view text);

/// The one text of a spec: a JSON object without white space; equal specs have equal texts.
/// parse_view_json() reads it back.
std::string view_json(const ViewSpec& spec);

}  // namespace hapax
