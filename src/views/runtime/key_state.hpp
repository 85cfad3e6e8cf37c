// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/digest.hpp"
#include "core/time.hpp"
#include "stream/measure/sample.hpp"
#include "views/spec/field.hpp"

namespace hapax {

/// What groups need of the last event of a key: the latest, of several the one with the least id.
struct KeyExit {
  Hash128 id = {};         ///< IdHasher::event_id().
  std::string group = {};  ///< What of the group is of it: the values behind KeyState::group.
};

/// What is known of the events of a key in one window, or of one session: a function of their set,
/// and what the cells of a view over keys count once. It is in the group of its first event and, in
/// some views, its last one.
struct KeyState {
  std::uint64_t events = 0;
  // Of the first event: the earliest, of several the one with the least id.
  EventTime first = {};
  Hash128 first_id = {};   ///< IdHasher::event_id().
  std::string group = {};  ///< group_key.hpp.
  EventTime last = {};     ///< Time of the last event.
  /// Null in a view none of whose groups is of it: there a state costs no more. Shared because it
  /// is never changed, only replaced, and states are copied with each event.
  std::shared_ptr<const KeyExit> exit = {};

  /// As if the events of `other` were here too; both have one at least, and are of one view.
  void combine(const KeyState& other);

  /// What measures read, each at the input of its field.
  using Samples = std::array<Sample, 4>;
  static constexpr std::uint16_t input_of(FieldKind kind) {
    return static_cast<std::uint16_t>(static_cast<unsigned>(kind) -
                                      static_cast<unsigned>(FieldKind::kKeyEvents));
  }
  Samples samples(bool is_new) const;
  /// Is that the first event of both?
  bool begins_as(const KeyState& other) const {
    return first == other.first && first_id == other.first_id;
  }

  bool is_in_group_of(const KeyState& other) const;

  /// Of memory beyond sizeof, nearly.
  std::size_t bytes() const;
};

/// Whether states of a view have an exit.
enum class KeyForm : std::uint8_t { kEntry, kEntryAndExit };

/// Format: docs/formats/views.md.
std::string encode_key_state(const KeyState& state);
/// Nothing when it is damaged, or of the other form.
std::optional<KeyState> decode_key_state(std::string_view bytes, KeyForm form);

}  // namespace hapax
