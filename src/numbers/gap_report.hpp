// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "numbers/device_numbers.hpp"
#include "numbers/gap_sums.hpp"
#include "numbers/number_limits.hpp"
#include "ports/state_store.hpp"

namespace hapax {

/// Which figures are asked for.
struct GapQuery {
  std::set<std::string, std::less<>> sources = {};  ///< None: all.
  std::uint32_t from = 1;                           ///< Days since 1970, in [from, to).
  std::uint32_t to = UINT32_MAX;
  /// Only rows behind that source and day.
  std::optional<std::pair<std::string, std::uint32_t>> behind = {};
  std::size_t rows_max = 1'000;
};

/// What is known of losses, at one moment.
struct GapReport {
  struct Row {
    std::string source;
    std::uint32_t day = 0;  ///< Since 1970.
    GapSums sums;
  };

  std::vector<Row> sources = {};  ///< Over all days; their day is 0.
  std::vector<Row> rows = {};     ///< By source and day.
  bool is_cut = false;            ///< There are more rows.
  /// The state was made of a log that had dropped its beginning, without a base: numbers that came
  /// before pass for missing.
  bool lacks_beginning = false;
  /// What the log held at the start is not all read: numbers in it pass for missing.
  bool is_catching_up = false;
  std::uint64_t behind_records = 0;  ///< Durable and not read yet.

  bool is_complete() const { return !lacks_beginning && !is_catching_up; }
};

/// Numbers that are missing, in all rows of `report`. Errors: kUnavailable, it is catching up.
Result<std::uint64_t> missing_in_rows(const GapReport& report);

/// Which devices are asked for: those of which numbers are missing under `day`.
struct GapDevicesQuery {
  std::string source;
  std::uint32_t day = 0;
  std::string behind = {};  ///< Only those behind it: GapDevice::place of one that was given.
  std::size_t rows_max = 100;
};

/// What is told of a device and epoch of which numbers are missing.
struct GapDevice {
  struct Gap {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  ///< Inclusive.
  };
  static constexpr std::size_t kGapsMax = 20;

  std::string place;  ///< Device and epoch, in their order.
  std::uint32_t missing_of_day = 0;
  std::vector<Gap> gaps = {};   ///< Of the day, the first kGapsMax.
  std::uint32_t since_day = 0;  ///< The least day under which numbers are missing.
  std::uint32_t last_day = 0;
  std::uint32_t missing = 0;  ///< Under all days.
  std::uint32_t arrived = 0;
  std::uint32_t highest = 0;
  std::uint32_t made = 0;
  std::array<std::uint32_t, kDropReasons> dropped = {};
  bool is_believed = false;
};

/// `place` of `numbers` as to `day`.
GapDevice gap_device(std::string place, const DeviceNumbers& numbers, std::uint32_t day,
                     const GapLimits& limits);

/// The devices of a source and day at one moment: those in the store, and what has changed since.
struct GapDevicesMoment {
  struct Changed {
    std::string place;
    std::optional<GapDevice> device;  ///< Nothing: no number of that day is missing any more.
  };

  std::shared_ptr<const StateSnapshot> stored;
  std::vector<Changed> changed = {};       ///< By place.
  std::optional<std::string> known_until;  ///< Changes behind that place were too many.
  GapLimits limits = {};
};

struct GapDevicesPage {
  std::vector<GapDevice> devices = {};  ///< By place.
  /// There may be more, behind that place.
  std::optional<std::string> cut_behind = {};
};

/// Cost: a read of the store for each device. Errors: kCorrupt; those of the store.
Result<GapDevicesPage> read_gap_devices(const GapDevicesMoment& moment,
                                        const GapDevicesQuery& query);

}  // namespace hapax
