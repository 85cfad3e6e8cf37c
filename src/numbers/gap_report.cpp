// SPDX-License-Identifier: Apache-2.0
#include "numbers/gap_report.hpp"

#include <algorithm>

#include "numbers/number_keys.hpp"

namespace hapax {

Result<std::uint64_t> missing_in_rows(const GapReport& report) {
  if (report.is_catching_up) {
    return Error{ErrorKind::kUnavailable,
                 "the log is not read up to where it ended at the start, and numbers in it pass "
                 "for missing",
                 "retry in a moment"};
  }
  std::uint64_t missing = 0;
  for (const GapReport::Row& row : report.rows) {
    missing += row.sums[GapFigure::kMissing];
  }
  return missing;
}

GapDevice gap_device(std::string place, const DeviceNumbers& numbers, std::uint32_t day,
                     const GapLimits& limits) {
  GapDevice device{.place = std::move(place),
                   .last_day = numbers.last_day(),
                   .missing = numbers.missing(),
                   .arrived = numbers.arrived(),
                   .highest = numbers.highest(),
                   .made = numbers.made(),
                   .dropped = numbers.dropped().counts(),
                   .is_believed = limits.believe(numbers.missing(), numbers.arrived())};
  numbers.visit_gaps([&](std::uint32_t first, std::uint32_t last, std::uint32_t of_day) {
    device.since_day = device.since_day == 0 ? of_day : std::min(device.since_day, of_day);
    if (of_day == day) {
      device.missing_of_day += last - first + 1;
      if (device.gaps.size() < GapDevice::kGapsMax) {
        device.gaps.push_back({.first = first, .last = last});
      }
    }
    return true;
  });
  return device;
}

namespace {

/// Merges what is stored with what has changed, in the order of places.
class PageReader {
 public:
  PageReader(const GapDevicesMoment& moment, const GapDevicesQuery& query, SnapshotReader& store)
      : moment_(moment),
        query_(query),
        store_(store),
        prefix_(day_key(query.source, query.day)),
        cursor_(store.cursor(kNumberGapsTable, day_key(query.source, query.day + 1))) {}

  Result<GapDevicesPage> read() {
    cursor_->seek(query_.behind.empty() ? prefix_ : prefix_ + query_.behind + '\0');
    auto changed = moment_.changed.begin();
    while (changed != moment_.changed.end() || cursor_->valid()) {
      const std::string_view stored = stored_place();
      const bool is_changed =
          changed != moment_.changed.end() && (!cursor_->valid() || changed->place <= stored);
      const std::string place(is_changed ? changed->place : std::string(stored));
      if (is_full_before(place)) {
        return std::move(page_);
      }
      read_until_ = place;
      if (cursor_->valid() && stored == place) {
        cursor_->next();
      }
      if (!is_changed) {
        HAPAX_TRY(add_stored(place));
      } else if (const auto& device = (changed++)->device) {
        page_.devices.push_back(*device);
      }
    }
    HAPAX_TRY(cursor_->status());
    page_.cut_behind = moment_.known_until;
    return std::move(page_);
  }

 private:
  std::string_view stored_place() const {
    return cursor_->valid() ? cursor_->key().substr(prefix_.size()) : std::string_view();
  }

  bool is_full_before(const std::string& place) {
    if (page_.devices.size() >= query_.rows_max) {
      page_.cut_behind = read_until_;
    } else if (moment_.known_until && *moment_.known_until < place) {
      page_.cut_behind = moment_.known_until;
    }
    return page_.cut_behind.has_value();
  }

  Result<void> add_stored(const std::string& place) {
    std::string key = day_key(query_.source, 0);
    key.resize(key.size() - kDayBytes);
    HAPAX_ASSIGN(const auto value, store_.find(kNumbersTable, key + place));
    const auto numbers = value ? DeviceNumbers::decode(*value) : std::nullopt;
    if (!numbers) {
      return damaged_numbers();
    }
    page_.devices.push_back(gap_device(place, *numbers, query_.day, moment_.limits));
    return {};
  }

  const GapDevicesMoment& moment_;
  const GapDevicesQuery& query_;
  SnapshotReader& store_;
  const std::string prefix_;
  const std::unique_ptr<StateCursor> cursor_;
  std::string read_until_;
  GapDevicesPage page_;
};

}  // namespace

Result<GapDevicesPage> read_gap_devices(const GapDevicesMoment& moment,
                                        const GapDevicesQuery& query) {
  GapDevicesPage page;
  HAPAX_TRY(moment.stored->read([&](SnapshotReader& store) -> Result<void> {
    HAPAX_ASSIGN(page, PageReader(moment, query, store).read());
    return {};
  }));
  return page;
}

}  // namespace hapax
