// SPDX-License-Identifier: Apache-2.0
// What readers are told.
#include <algorithm>
#include <utility>

#include "numbers/number_keys.hpp"
#include "numbers/numbered_devices.hpp"

namespace hapax {
namespace {

/// Of what one moment takes along: a millisecond at most. What is behind it is for the next page.
constexpr std::size_t kChangedMax = 10'000;
constexpr std::size_t kChangedMore = 64;  // Than rows: of some nothing is missing any more.
constexpr std::size_t kRangesEach = 64;

using Sources = GapTotals::Sources;

void add_rows(const GapTotals::Source& source, const GapQuery& query, GapReport& report) {
  std::uint32_t from = std::max(query.from, GapTotals::kAllDays + 1);
  if (query.behind && query.behind->first >= source.name) {
    from = query.behind->first == source.name ? std::max(from, query.behind->second + 1) : query.to;
  }
  for (auto day = source.days.lower_bound(from); day != source.days.end(); ++day) {
    if (day->first >= query.to) {
      return;
    }
    if (report.rows.size() >= query.rows_max) {
      report.is_cut = true;
      return;
    }
    if (!day->second.sums.is_zero()) {
      report.rows.push_back({.source = source.name, .day = day->first, .sums = day->second.sums});
    }
  }
}

const GapSums& all_days(const GapTotals::Source& source) {
  static const GapSums none;
  const auto all = source.days.find(GapTotals::kAllDays);
  return all != source.days.end() ? all->second.sums : none;
}

}  // namespace

GapReport NumberedDevices::report(const GapQuery& query) const {
  GapReport report;
  for (const auto& [name, source] : totals_.sources()) {
    const GapSums& all = all_days(source);
    if ((query.sources.empty() || query.sources.contains(name)) && !all.is_zero()) {
      report.sources.push_back({.source = name, .sums = all});
      add_rows(source, query, report);
    }
  }
  return report;
}

std::vector<SourceGaps> NumberedDevices::audit() const {
  std::vector<SourceGaps> gaps;
  for (const auto& [name, source] : totals_.sources()) {
    const GapSums& all = all_days(source);
    if (!all.is_zero()) {
      gaps.push_back({.source = name,
                      .devices = all[GapFigure::kDevices],
                      .missing = all[GapFigure::kMissing],
                      .open_tail = all[GapFigure::kTail],
                      .unbelieved_devices = all[GapFigure::kUnbelievedDevices],
                      .unnumbered_devices = all[GapFigure::kUnnumberedDevices]});
    }
  }
  return gaps;
}

/// Takes the gaps of one source and day that are listed, in their order; of a key the newer one.
class NumberedDevices::MomentMaker {
 public:
  MomentMaker(const NumberedDevices& devices, const GapDevicesQuery& query)
      : devices_(devices),
        query_(query),
        changed_max_(std::min(kChangedMax, query.rows_max + kChangedMore)),
        prefix_(day_key(query.source, query.day)),
        newer_(begin_of(devices.listed_)),
        older_(begin_of(*devices.frozen_listed_)) {}

  void add_to(GapDevicesMoment& moment) {
    while (const ListedGaps::value_type* const next = take()) {
      const std::string place = next->first.substr(prefix_.size());
      moment.changed.push_back({.place = place, .device = device_of(place, next->second)});
      if (moment.changed.size() >= changed_max_ || ranges_ >= changed_max_ * kRangesEach) {
        moment.known_until = place;
        return;
      }
    }
  }

 private:
  ListedGaps::const_iterator begin_of(const ListedGaps& listed) const {
    return query_.behind.empty() ? listed.lower_bound(prefix_)
                                 : listed.upper_bound(prefix_ + query_.behind);
  }
  bool is_there(const ListedGaps::const_iterator& at, const ListedGaps& listed) const {
    return at != listed.end() && at->first.starts_with(prefix_);
  }

  const ListedGaps::value_type* take() {
    const bool has_newer = is_there(newer_, devices_.listed_);
    const bool has_older = is_there(older_, *devices_.frozen_listed_);
    if (!has_newer && !has_older) {
      return nullptr;
    }
    if (has_older && (!has_newer || older_->first < newer_->first)) {
      return &*older_++;
    }
    if (has_older && older_->first == newer_->first) {
      ++older_;
    }
    return &*newer_++;
  }

  std::optional<GapDevice> device_of(const std::string& place, const Listed& listed) {
    if (!listed.is_there) {
      return std::nullopt;
    }
    return devices_.freezer_.read(*listed.device, [&](const DeviceNumbers& numbers) {
      ranges_ += numbers.ranges().size();
      return gap_device(place, numbers, query_.day, devices_.settings_.limits);
    });
  }

  const NumberedDevices& devices_;
  const GapDevicesQuery& query_;
  const std::size_t changed_max_;
  const std::string prefix_;
  ListedGaps::const_iterator newer_;
  ListedGaps::const_iterator older_;
  std::size_t ranges_ = 0;  // That were looked at.
};

GapDevicesMoment NumberedDevices::devices(const GapDevicesQuery& query,
                                          std::shared_ptr<const StateSnapshot> stored) const {
  GapDevicesMoment moment{
      .stored = std::move(stored), .changed = {}, .known_until = {}, .limits = settings_.limits};
  MomentMaker(*this, query).add_to(moment);
  return moment;
}

}  // namespace hapax
