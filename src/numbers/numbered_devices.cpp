// SPDX-License-Identifier: Apache-2.0
#include "numbers/numbered_devices.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/time_math.hpp"
#include "numbers/number_keys.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

/// Node, state, share, flags; what the allocator and a checkpoint add to each.
constexpr std::size_t kDeviceOverheadBytes = 480;
/// Of a gap that is listed, with its key.
constexpr std::size_t kListedBytes = 220;
constexpr std::size_t kForgottenUnseen = 64;  ///< Between two looks at how much memory is free.

bool is_followed(std::string_view id) {
  return !id.empty() && id.size() <= kDeviceBytesMax;
}

}  // namespace

Result<void> FrozenNumbers::add_to(StateWrite& write) const {
  HAPAX_TRY(devices.add_to(write));
  HAPAX_TRY(days.add_to(write));
  StateWrite::Table to{.name = kNumberGapsTable};
  gaps(to.changes);
  if (!to.changes.empty()) {
    write.tables.push_back(std::move(to));
  }
  return {};
}

void FrozenNumbers::let_go() const {
  if (devices.images) {
    devices.images->let_go();
  }
}

NumberedDevices::NumberedDevices(StateStore& store, const GapSettings& settings, std::uint64_t seed)
    : store_(store), settings_(settings), devices_(0, SeededTextHash{.seed = seed}) {}

NumberedDevices::~NumberedDevices() = default;

std::size_t NumberedDevices::HotDevice::freeze(DeviceNumbers& numbers,
                                               std::vector<FrozenRows::Row>& to) const {
  to.emplace_back(std::string(key), numbers.encode());
  return 0;
}

std::size_t NumberedDevices::memory_bytes() const {
  return device_bytes_ + (listed_.size() + frozen_listed_->size()) * kListedBytes;
}

Result<void> NumberedDevices::add(const EventView& event) {
  if (event.numbering.empty() || event.sequence == 0) {
    return {};
  }
  const Result<NumberingView> numbering = decode_numbering(event.numbering);
  if (!numbering) {
    return {};  // Of another program: the event counts, unnumbered.
  }
  const std::string_view device = numbered_device(*numbering, event);
  if (!is_followed(device) || !is_followed(numbering->epoch)) {
    return {};
  }
  HAPAX_ASSIGN(HotDevice* const hot, find(event.source, device, numbering->epoch));
  DeviceNumbers& numbers = freezer_.open(*hot);
  const NumbersChange change = numbers.add({.number = event.sequence,
                                            .made = numbering->made,
                                            .dropped = numbering->dropped,
                                            .day = utc_day(event.received_at)});
  if (change.any) {
    freezer_.note_change(*hot);
    follow(*hot, numbers, change);
  }
  return {};
}

Result<NumberedDevices::HotDevice*> NumberedDevices::find(std::string_view source,
                                                          std::string_view device,
                                                          std::string_view epoch) {
  key_.clear();
  append_device_key(source, device, epoch, key_);
  if (last_ == nullptr || last_->key != key_) {
    HAPAX_ASSIGN(last_, find_or_load(source));
  }
  return last_;
}

/// One that is made has no number, until add() gives it its first.
Result<NumberedDevices::HotDevice*> NumberedDevices::find_or_load(std::string_view source) {
  if (const auto found = devices_.find(key_); found != devices_.end()) {
    return &found->second;
  }
  HAPAX_ASSIGN(const std::optional<std::string> stored, store_.find(kNumbersTable, key_));
  std::optional<DeviceNumbers> numbers =
      stored ? DeviceNumbers::decode(*stored) : std::optional(DeviceNumbers());
  if (!numbers) {
    return damaged_numbers();
  }
  DeviceShare share = stored ? DeviceShare::of(*numbers, settings_.limits) : DeviceShare();
  const auto made = devices_.try_emplace(key_, std::move(*numbers)).first;
  HotDevice& hot = made->second;
  hot.key = made->first;
  hot.source = &totals_.source(source);
  hot.share = std::move(share);
  freezer_.add(hot);
  weigh(hot, freezer_.open(hot));
  return &hot;
}

/// Totals and lists, after a change of the numbers.
void NumberedDevices::follow(HotDevice& hot, const DeviceNumbers& numbers,
                             const NumbersChange& change) {
  DeviceShare& share = hot.share;
  const DeviceShare::Head head = head_of(numbers, settings_.limits);
  // What was dropped is told up to what is not here, of which the tail is a part.
  const bool is_same_but_head = change.gap_count == 0 && !change.is_collapse &&
                                numbers.dropped().empty() &&
                                share.head.is_believed == head.is_believed;
  if (is_same_but_head) {
    totals_.add_head(*hot.source, share.head, -1);
    share.head = head;
    totals_.add_head(*hot.source, share.head, 1);
    if (!share.days.empty() && hot.listed_in != freezes_) {
      list(hot, share.days);
    }
  } else {
    const std::vector<DeviceShare::DayGap> before = share.days;
    totals_.add(*hot.source, share, -1);
    share.follow(change, numbers, settings_.limits);
    totals_.add(*hot.source, share, 1);
    list(hot, before);
  }
  weigh(hot, numbers);
}

/// So that whoever asks for the devices of a day finds, of each that the store does not have as it
/// is, where it is now.
void NumberedDevices::list(HotDevice& hot, const std::vector<DeviceShare::DayGap>& before) {
  const std::string_view rest = gap_key_rest(hot.key);
  const auto key_of = [&](std::uint32_t day) {
    return day_key(hot.source->name, day).append(rest);
  };
  for (const DeviceShare::DayGap& gap : before) {
    listed_[key_of(gap.day)] = {.is_there = false, .device = nullptr};
  }
  for (const DeviceShare::DayGap& gap : hot.share.days) {
    listed_[key_of(gap.day)] = {.is_there = true, .device = &hot};
  }
  hot.listed_in = freezes_;
}

void NumberedDevices::weigh(HotDevice& hot, const DeviceNumbers& numbers) {
  device_bytes_ -= hot.bytes;
  hot.bytes = kDeviceOverheadBytes + 2 * hot.key.size() + numbers.bytes() +
              hot.share.days.capacity() * sizeof(DeviceShare::DayGap) +
              hot.share.dropped.capacity() * sizeof(DeviceShare::Dropped);
  device_bytes_ += hot.bytes;
}

FrozenNumbers NumberedDevices::freeze() {
  FrozenNumbers frozen{.devices = {.table = kNumbersTable}, .days = totals_.freeze(), .gaps = {}};
  frozen.devices.images = freezer_.freeze();
  frozen_listed_ = std::make_shared<const ListedGaps>(std::exchange(listed_, {}));
  frozen.gaps = [listed = frozen_listed_](TableChanges& to) {
    for (const auto& [key, gap] : *listed) {
      gap.is_there ? to.put(key, "") : to.erase(key);
    }
  };
  ++freezes_;
  return frozen;
}

void NumberedDevices::commit() {
  freezer_.commit();
  frozen_listed_ = no_gaps();
}

void NumberedDevices::forget(HotDevice& hot) {
  assert(freezer_.is_saved(hot));
  device_bytes_ -= hot.bytes;
  last_ = last_ == &hot ? nullptr : last_;
  devices_.erase(devices_.find(hot.key));
}

/// An eighth of it is freed.
std::size_t NumberedDevices::make_room(std::size_t count_max) {
  const std::uint64_t limit = settings_.memory_bytes_max;
  std::size_t count = 0;
  is_short_ = is_short_ || is_full();
  while (is_short_ && count < count_max) {
    const std::size_t forgotten = freezer_.forget_old(
        std::min(kForgottenUnseen, count_max - count), [](const HotDevice&) { return true; },
        [this](HotDevice& hot) { forget(hot); });
    count += forgotten;
    is_short_ = forgotten > 0 && memory_bytes() >= limit - limit / 8;
  }
  return count;
}

void NumberedDevices::encode(ByteWriter& out) const {
  out.put_u64(settings_.limits.missing_max);
  out.put_u64(settings_.limits.missing_per_arrived_max);
  out.put_u64(totals_.rows());
}

Result<void> NumberedDevices::restore(ByteReader& in) {
  GapLimits limits;
  limits.missing_max = in.u64();
  limits.missing_per_arrived_max = in.u64();
  const std::uint64_t rows = in.u64();
  return limits == settings_.limits ? totals_.restore(store_, rows) : count_anew();
}

/// Under other limits other devices are believed.
Result<void> NumberedDevices::count_anew() {
  bool is_sound = true;
  totals_.begin_anew();
  HAPAX_TRY(store_.scan(kNumbersTable, "", std::string(1, '\xFF'),
                        [&](std::string_view key, std::string_view value) {
                          const auto parts = split_device_key(key);
                          const auto numbers = DeviceNumbers::decode(value);
                          is_sound = parts && numbers;
                          if (is_sound) {
                            totals_.add(totals_.source(parts->source),
                                        DeviceShare::of(*numbers, settings_.limits), 1);
                          }
                          return is_sound;
                        }));
  return is_sound ? Result<void>() : damaged_numbers();
}

}  // namespace hapax
