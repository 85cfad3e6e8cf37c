// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "numbers/device_share.hpp"
#include "numbers/gap_sums.hpp"
#include "ports/state_store.hpp"
#include "stream/frozen_rows.hpp"

namespace hapax {

/// The figures of each source, by received day and over all days: sums of the shares of devices,
/// taken out and put in one by one. All of them are in memory: about 250 bytes for each day of a
/// source on which something is missing, or was open at the end. Rows of the table "numbers.days".
/// Threading: one owner.
class GapTotals {
 public:
  static constexpr std::uint32_t kAllDays = 0;

  struct Day {
    GapSums sums;
    bool is_changed = false;  ///< Since the last freeze().
  };
  using Days = std::map<std::uint32_t, Day>;
  struct Source {
    std::string name;
    Days days;  ///< kAllDays is there, too.
    // What was asked for last, of all days and of one.
    Days::value_type* all = nullptr;
    Days::value_type* last = nullptr;
  };
  using Sources = std::map<std::string, Source, std::less<>>;

  /// Stays where it is.
  Source& source(std::string_view name);
  const Sources& sources() const { return sources_; }

  /// Puts a share in (1) or takes it out (-1).
  void add(Source& source, const DeviceShare& share, int times);
  /// The same of its head alone: nothing else of it changes, nor whether it is believed.
  void add_head(Source& source, const DeviceShare::Head& head, int times);

  FrozenRows freeze();
  bool dirty() const { return !changed_.empty() || is_replaced_; }
  /// How many rows the table has, once all that was frozen is in it.
  std::uint64_t rows() const;

  /// Reads the table, on a new object. Errors: kCorrupt, it does not hold `rows` rows; those of the
  /// store.
  Result<void> restore(StateStore& store, std::uint64_t rows);
  /// On a new object: what is stored goes, and all shares will be put in again.
  void begin_anew() { is_replaced_ = true; }

 private:
  GapSums& change(Source& source, std::uint32_t day);
  void add_days(Source& source, const DeviceShare& share, int times);

  Sources sources_;
  std::vector<std::pair<Source*, std::uint32_t>> changed_;
  bool is_replaced_ = false;
};

}  // namespace hapax
