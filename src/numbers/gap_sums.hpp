// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "record/event.hpp"

namespace hapax {

/// Figures about losses. Stored in this order: new ones are added at the end.
enum class GapFigure : std::uint8_t {
  kMissing,         ///< Numbers of believed devices that did not come, at least.
  kMissingDevices,  ///< Such devices, each with its epochs: so are all devices here.
  kTail,            ///< Numbers that believed devices have made, and none above them came.
  kTailDevices,
  kUnbelievedMissing,  ///< The same of devices that are not believed.
  kUnbelievedDevices,
  kUnbelievedTail,
  kUnbelievedTailDevices,
  kUnnumberedDevices,
  kDevices,  ///< Numbered ones. This and the next: in sums over all days alone.
  kArrived,  ///< Numbers of believed devices that came.
  kDropped,  ///< From here on, for each DropReason: given up by the client itself.
};

/// One of each figure. Adds up.
class GapSums {
 public:
  static constexpr std::size_t kCount =
      static_cast<std::size_t>(GapFigure::kDropped) + kDropReasons;
  using Figures = std::array<std::uint64_t, kCount>;

  std::uint64_t operator[](GapFigure figure) const { return figures_[place(figure)]; }
  std::uint64_t dropped(std::size_t reason) const {
    return figures_[place(GapFigure::kDropped) + reason];
  }
  /// `times`: 1, or -1 to take it out again.
  void add(GapFigure figure, std::uint64_t value, int times) {
    add_at(place(figure), value, times);
  }
  void add_dropped(std::size_t reason, std::uint64_t value, int times) {
    add_at(place(GapFigure::kDropped) + reason, value, times);
  }
  bool is_zero() const { return *this == GapSums(); }

  const Figures& figures() const { return figures_; }
  Figures& figures() { return figures_; }

  friend bool operator==(const GapSums&, const GapSums&) = default;

 private:
  static std::size_t place(GapFigure figure) { return static_cast<std::size_t>(figure); }
  void add_at(std::size_t at, std::uint64_t value, int times) {
    figures_[at] += times < 0 ? -value : value;
  }

  Figures figures_ = {};
};

}  // namespace hapax
