// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace hapax {

// Keys of the tables of numbers (docs/formats/numbers.md). A text in a key is followed by 00 01,
// and has each of its 00 written as 00 FF: so none is the beginning of another, and those of a
// source lie together.

inline constexpr const char* kNumbersTable = "numbers";
inline constexpr const char* kNumberGapsTable = "numbers.gaps";
inline constexpr const char* kNumberDaysTable = "numbers.days";

struct DeviceKey {
  std::string source;
  std::string device;
  std::string epoch;

  friend bool operator==(const DeviceKey&, const DeviceKey&) = default;
};

/// Of a device in kNumbersTable: appends it.
void append_device_key(std::string_view source, std::string_view device, std::string_view epoch,
                       std::string& key);
std::optional<DeviceKey> split_device_key(std::string_view key);

/// Of a source and day in kNumberDaysTable; and what all keys of kNumberGapsTable of both begin
/// with, of which the rest is gap_key_rest().
std::string day_key(std::string_view source, std::uint32_t day);
struct DayKey {
  std::string source;
  std::uint32_t day = 0;
};
std::optional<DayKey> split_day_key(std::string_view key);
/// Of the day in it.
inline constexpr std::size_t kDayBytes = 4;
/// What is behind the source of `device_key`: device and epoch, which is the place of the device
/// among others of its source.
std::string_view gap_key_rest(std::string_view device_key);

std::optional<DeviceKey> split_place(std::string_view place);  ///< Without a source.

Error damaged_numbers();

}  // namespace hapax
