// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.hpp"
#include "core/result.hpp"
#include "numbers/device_numbers.hpp"
#include "numbers/device_share.hpp"
#include "numbers/gap_report.hpp"
#include "numbers/gap_totals.hpp"
#include "ports/audit_report.hpp"
#include "ports/state_store.hpp"
#include "record/event.hpp"
#include "stream/freezer.hpp"
#include "stream/frozen_rows.hpp"
#include "stream/seeded_text_map.hpp"

namespace hapax {

struct GapSettings {
  GapLimits limits = {};
  /// Of devices. Beyond it what is stored and was not touched for the longest time is forgotten; if
  /// nothing is, a checkpoint is made at once.
  std::uint64_t memory_bytes_max = std::uint64_t{64} << 20U;
};

/// What has changed of numbered devices, as of one moment, so that another thread can write it.
/// Lifetime: until it is written, the devices must live.
struct FrozenNumbers {
  FrozenRows devices = {};
  FrozenRows days = {};
  std::function<void(TableChanges& to)> gaps;  ///< Adds those of kNumberGapsTable.

  /// Adds the tables. Errors: those of FrozenImages.
  Result<void> add_to(StateWrite& write) const;
  /// As those of FrozenImages.
  bool is_lost() const { return devices.images && devices.images->is_lost(); }
  void let_go() const;
};

/// The numbers of all devices in three tables (docs/formats/numbers.md), and the totals of what is
/// missing. Devices that are hot are in memory, too. A function of the set of numbered events that
/// came, and of the limits.
/// Memory: about 500 bytes a device. Threading: one owner. Lifetime: `store` must outlive it.
class NumberedDevices {
 public:
  /// `seed` of the hashes of ids, which clients choose.
  NumberedDevices(StateStore& store, const GapSettings& settings, std::uint64_t seed);
  ~NumberedDevices();

  /// The number of `event`, if it has one, came on the day of its received at. May be called again
  /// with the same event. Errors: kCorrupt; those of the store; nothing has changed then.
  Result<void> add(const EventView& event);

  /// What changed; then, once that is in the store, commit().
  FrozenNumbers freeze();
  void commit();
  /// Where memory is short, forgets some that are stored, `count_max` at most. Returns how many.
  std::size_t make_room(std::size_t count_max);
  bool is_full() const { return memory_bytes() >= settings_.memory_bytes_max; }
  /// Twice as much as there may be.
  bool is_over_full() const { return memory_bytes() >= 2 * settings_.memory_bytes_max; }
  bool dirty() const { return freezer_.has_changes() || totals_.dirty(); }
  std::size_t memory_bytes() const;
  std::size_t hot_devices() const { return devices_.size(); }
  /// No numbered event came yet.
  bool empty() const { return totals_.sources().empty(); }

  /// All but the rows; right after freeze(). Format: docs/formats/numbers.md.
  void encode(ByteWriter& out) const;
  /// On a new one. Cost: where the limits were others, a read of all devices.
  /// Errors: kCorrupt; those of the store.
  Result<void> restore(ByteReader& in);

  GapReport report(const GapQuery& query) const;
  /// `stored`: with all that was written before. Cost: by what changed since, at most
  /// by the rows that are asked for.
  GapDevicesMoment devices(const GapDevicesQuery& query,
                           std::shared_ptr<const StateSnapshot> stored) const;
  /// Of each source, over all days.
  std::vector<SourceGaps> audit() const;

 private:
  struct HotDevice : Freezable<DeviceNumbers> {
    using Freezable::Freezable;

    // For a Freezer.
    std::size_t freeze(DeviceNumbers& numbers, std::vector<FrozenRows::Row>& to) const;

    std::string_view key = {};  // The name it is found by.
    GapTotals::Source* source = nullptr;
    DeviceShare share = {};
    std::size_t bytes = 0;
    std::uint64_t listed_in = 0;  // The freeze that its gaps are listed for.
  };
  using Devices = SeededTextMap<HotDevice>;
  /// Rows of kNumberGapsTable that have changed, or may have.
  struct Listed {
    bool is_there = false;  ///< Numbers of the device are missing under that day.
    const HotDevice* device = nullptr;
  };
  using ListedGaps = std::map<std::string, Listed>;
  static std::shared_ptr<const ListedGaps> no_gaps() {
    return std::make_shared<const ListedGaps>();
  }
  class MomentMaker;

  Result<HotDevice*> find(std::string_view source, std::string_view device, std::string_view epoch);
  Result<HotDevice*> find_or_load(std::string_view source);
  void follow(HotDevice& hot, const DeviceNumbers& numbers, const NumbersChange& change);
  void list(HotDevice& hot, const std::vector<DeviceShare::DayGap>& before);
  void weigh(HotDevice& hot, const DeviceNumbers& numbers);
  void forget(HotDevice& hot);
  Result<void> count_anew();

  StateStore& store_;
  const GapSettings settings_;
  GapTotals totals_;
  Devices devices_;
  Freezer<HotDevice, DeviceNumbers, FrozenRows::Row> freezer_;
  ListedGaps listed_;  // Since the last freeze.
  // By the one on its way into the store.
  std::shared_ptr<const ListedGaps> frozen_listed_ = no_gaps();
  std::uint64_t freezes_ = 1;
  std::size_t device_bytes_ = 0;
  bool is_short_ = false;      // make_room() is not through.
  std::string key_;            // Of the device that is looked for.
  HotDevice* last_ = nullptr;  // Most events are of the device of the one before.
};

}  // namespace hapax
