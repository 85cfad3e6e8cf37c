// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytes/bytes.hpp"
#include "cluster/control_note.hpp"

namespace hapax {

/// All settings that were ever in force, by epoch, as the topic of control says. Epoch 0 is what
/// holds where nothing was said. A function of the notes in their order. Threading: one owner.
class SettingsHistory {
 public:
  explicit SettingsHistory(const ClusterSettings& first) : settings_{first} {}

  void apply(const ControlNote& note) {
    const auto* settings = std::get_if<ClusterSettings>(&note);
    if (settings != nullptr && settings->epoch.value() == settings_.size()) {
      settings_.push_back(*settings);
    }
  }
  /// Those that notes have said.
  void encode(ByteWriter& out) const {
    out.put_u32(static_cast<std::uint32_t>(settings_.size() - 1));
    for (std::size_t epoch = 1; epoch < settings_.size(); ++epoch) {
      out.put_string(encode_note(settings_[epoch]));
    }
  }
  /// On a new one only. Errors: kCorrupt.
  Result<void> restore(ByteReader& in) {
    for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
      HAPAX_ASSIGN(const ControlNote note, decode_note(in.string()));
      apply(note);
    }
    return {};
  }
  const ClusterSettings& newest() const { return settings_.back(); }
  /// Null: nothing was read of that epoch yet.
  const ClusterSettings* of(SettingsEpoch epoch) const {
    return epoch.value() < settings_.size() ? &settings_[epoch.value()] : nullptr;
  }

 private:
  std::vector<ClusterSettings> settings_;  // By epoch.
};

}  // namespace hapax
