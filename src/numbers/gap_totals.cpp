// SPDX-License-Identifier: Apache-2.0
#include "numbers/gap_totals.hpp"

#include <utility>

#include "bytes/varint.hpp"
#include "numbers/number_keys.hpp"

namespace hapax {
namespace {

using enum GapFigure;

std::string encode(const GapSums& sums) {
  std::string out;
  for (const std::uint64_t figure : sums.figures()) {
    append_varint(figure, out);
  }
  return out;
}

/// Those at the end that an older program did not have are 0.
bool decode(std::string_view in, GapSums& sums) {
  for (std::uint64_t& figure : sums.figures()) {
    if (in.empty()) {
      break;
    }
    const auto value = take_varint(in);
    if (!value) {
      return false;
    }
    figure = *value;
  }
  return in.empty() && !sums.is_zero();
}

}  // namespace

GapTotals::Source& GapTotals::source(std::string_view name) {
  auto found = sources_.find(name);
  if (found == sources_.end()) {
    found = sources_.emplace(name, Source()).first;
    found->second.name = name;
  }
  return found->second;
}

GapSums& GapTotals::change(Source& source, std::uint32_t day) {
  Days::value_type*& recent = day == kAllDays ? source.all : source.last;
  if (recent == nullptr || recent->first != day) {
    recent = &*source.days.try_emplace(day).first;
  }
  Day& found = recent->second;
  if (!found.is_changed) {
    changed_.emplace_back(&source, day);
    found.is_changed = true;
  }
  return found.sums;
}

void GapTotals::add(Source& source, const DeviceShare& share, int times) {
  add_head(source, share.head, times);
  add_days(source, share, times);
}

void GapTotals::add_head(Source& source, const DeviceShare::Head& head, int times) {
  if (!head.is_there) {
    return;
  }
  GapSums& all = change(source, kAllDays);
  if (head.is_unnumbered) {
    all.add(kUnnumberedDevices, 1, times);
    change(source, head.last_day).add(kUnnumberedDevices, 1, times);
    return;
  }
  all.add(kDevices, 1, times);
  all.add(kArrived, head.is_believed ? head.arrived : 0, times);
  if (head.tail > 0) {
    const bool is_believed = head.is_tail_believed;
    for (const std::uint32_t day : {kAllDays, head.last_day}) {
      GapSums& sums = change(source, day);
      sums.add(is_believed ? kTail : kUnbelievedTail, head.tail, times);
      sums.add(is_believed ? kTailDevices : kUnbelievedTailDevices, 1, times);
    }
  }
}

void GapTotals::add_days(Source& source, const DeviceShare& share, int times) {
  const bool is_believed = share.head.is_believed;
  const GapFigure missing = is_believed ? kMissing : kUnbelievedMissing;
  const GapFigure devices = is_believed ? kMissingDevices : kUnbelievedDevices;
  for (const DeviceShare::DayGap& gap : share.days) {
    GapSums& sums = change(source, gap.day);
    sums.add(missing, gap.missing, times);
    sums.add(devices, 1, times);
    change(source, kAllDays).add(missing, gap.missing, times);
  }
  if (!share.days.empty()) {
    change(source, kAllDays).add(devices, 1, times);
  }
  for (const DeviceShare::Dropped& dropped : share.dropped) {
    if (is_believed) {
      change(source, dropped.day).add_dropped(dropped.reason, dropped.count, times);
      change(source, kAllDays).add_dropped(dropped.reason, dropped.count, times);
    }
  }
}

FrozenRows GapTotals::freeze() {
  FrozenRows frozen{.table = kNumberDaysTable};
  if (std::exchange(is_replaced_, false)) {
    frozen.erased.push_back({.from = "", .to = std::string(1, '\xFF')});
  }
  for (const auto& [source, day] : std::exchange(changed_, {})) {
    const auto found = source->days.find(day);
    const bool is_zero = found->second.sums.is_zero();
    frozen.rows.emplace_back(day_key(source->name, day),
                             is_zero ? std::nullopt : std::optional(encode(found->second.sums)));
    found->second.is_changed = false;
    if (is_zero) {
      source->all = nullptr;
      source->last = nullptr;
      source->days.erase(found);
    }
  }
  return frozen;
}

std::uint64_t GapTotals::rows() const {
  std::uint64_t rows = 0;
  for (const auto& [name, source] : sources_) {
    rows += source.days.size();
  }
  return rows;
}

Result<void> GapTotals::restore(StateStore& store, std::uint64_t rows) {
  std::uint64_t read = 0;
  bool is_sound = true;
  HAPAX_TRY(store.scan(kNumberDaysTable, "", std::string(1, '\xFF'),
                       [&](std::string_view key, std::string_view value) {
                         const auto parts = split_day_key(key);
                         is_sound =
                             parts && decode(value, source(parts->source).days[parts->day].sums);
                         ++read;
                         return is_sound;
                       }));
  return is_sound && read == rows ? Result<void>() : damaged_numbers();
}

}  // namespace hapax
