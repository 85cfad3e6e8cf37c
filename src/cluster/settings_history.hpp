// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

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
  const ClusterSettings& newest() const { return settings_.back(); }
  /// Null: nothing was read of that epoch yet.
  const ClusterSettings* of(SettingsEpoch epoch) const {
    return epoch.value() < settings_.size() ? &settings_[epoch.value()] : nullptr;
  }

 private:
  std::vector<ClusterSettings> settings_;  // By epoch.
};

}  // namespace hapax
