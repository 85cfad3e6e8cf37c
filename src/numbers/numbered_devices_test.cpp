// SPDX-License-Identifier: Apache-2.0
#include "numbers/numbered_devices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "numbers/number_keys.hpp"
#include "numbers/numbers_oracle.hpp"
#include "record/event_wire.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

using Random = std::mt19937_64;

constexpr GapLimits kLimits{.missing_max = 20, .missing_per_arrived_max = 3};

/// One numbered event, as it may come again after a crash.
struct Numbered {
  std::string source = "web";
  std::string device = "tab";
  std::string epoch = "e";
  NumberArrival arrival = {};
};

ProcessingTime noon_of(std::uint32_t day) {
  return ProcessingTime(std::chrono::hours(24 * static_cast<std::int64_t>(day) + 12));
}

/// Numbered devices over a store that a test crashes, with checkpoints as the processor makes them.
struct DevicesHarness {
  explicit DevicesHarness(const GapSettings& with = {.limits = kLimits}) : settings(with) {
    open();
  }

  /// A crash, when they are there.
  void open() {
    devices.reset();
    devices.emplace(store, settings, 7);
    if (const auto manifest = store.manifest().value()) {
      ByteReader in(*manifest);
      ASSERT_TRUE(devices->restore(in));
      ASSERT_TRUE(in.ok() && in.at_end());
    }
  }
  Result<void> try_add(const Numbered& numbered) {
    const std::string numbering = encode_numbering({.device = numbered.device,
                                                    .epoch = numbered.epoch,
                                                    .made = numbered.arrival.made,
                                                    .dropped = numbered.arrival.dropped});
    EventView event;
    event.source = numbered.source;
    event.sequence = numbered.arrival.number;
    event.received_at = noon_of(numbered.arrival.day);
    event.numbering = numbering;
    return devices->add(event);
  }
  void add(const Numbered& numbered) { ASSERT_TRUE(try_add(numbered)); }
  StateWrite freeze(FrozenNumbers& frozen) {
    frozen = devices->freeze();
    StateWrite write;
    ByteWriter out(write.manifest);
    devices->encode(out);
    return write;
  }
  void write(StateWrite write, const FrozenNumbers& frozen) {
    ASSERT_TRUE(frozen.add_to(write));
    ASSERT_TRUE(store.write(write));
    frozen.let_go();
  }
  void checkpoint() {
    FrozenNumbers frozen;
    StateWrite started = freeze(frozen);
    write(std::move(started), frozen);
    devices->commit();
  }
  GapSums all(const std::string& source = "web") const {
    const GapReport report = devices->report({.sources = {source}});
    return report.sources.empty() ? GapSums() : report.sources[0].sums;
  }
  /// Missing of believed devices, by day.
  std::map<std::uint32_t, std::uint64_t> missing(const std::string& source = "web") const {
    std::map<std::uint32_t, std::uint64_t> missing;
    for (const GapReport::Row& row : devices->report({.sources = {source}}).rows) {
      missing[row.day] = row.sums[GapFigure::kMissing];
    }
    std::erase_if(missing, [](const auto& day) { return day.second == 0; });
    return missing;
  }
  /// All pages of `rows_max` devices.
  std::vector<GapDevice> list(std::uint32_t day, std::size_t rows_max = 2,
                              const std::string& source = "web") {
    GapDevicesQuery query{.source = source, .day = day, .rows_max = rows_max};
    std::vector<GapDevice> all;
    while (true) {
      const auto moment = devices->devices(query, store.snapshot().value());
      const auto page = read_gap_devices(moment, query);
      EXPECT_TRUE(page);
      EXPECT_LE(page->devices.size(), rows_max);
      all.insert(all.end(), page->devices.begin(), page->devices.end());
      if (!page->cut_behind) {
        return all;
      }
      query.behind = *page->cut_behind;
    }
  }

  GapSettings settings;
  MemoryStateStore store;
  std::optional<NumberedDevices> devices;
};

Numbered number(std::uint64_t number, std::uint32_t day, const std::string& device = "tab") {
  return {.device = device, .arrival = {.number = number, .day = day}};
}

TEST(NumberedDevicesTest, CountsWhatIsMissingBySourceAndDay) {
  DevicesHarness harness;
  harness.add(number(1, 10));
  harness.add(number(5, 11));
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{11, 3}}));
  EXPECT_EQ(harness.missing("ios"), (std::map<std::uint32_t, std::uint64_t>{}));
  harness.add(number(3, 40));
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{11, 1}, {40, 1}}));
  EXPECT_EQ(harness.all()[GapFigure::kMissingDevices], 1U);
  EXPECT_EQ(harness.all()[GapFigure::kDevices], 1U);
  EXPECT_EQ(harness.all()[GapFigure::kArrived], 3U);
}

TEST(NumberedDevicesTest, SaysHowManyDevicesItKeeps) {
  DevicesHarness harness;
  harness.add(number(1, 10, "a"));
  harness.add(number(1, 10, "b"));
  harness.add(number(kNumberMax + 1, 10, "wild"));
  const std::vector<SourceGaps> audit = harness.devices->audit();
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].devices, 2U);
  EXPECT_EQ(audit[0].unnumbered_devices, 1U);
}

TEST(NumberedDevicesTest, WhatIsMissingIsNotKnownWhileTheLogIsReadAgain) {
  DevicesHarness harness;
  harness.add(number(3, 10));
  harness.add(number(5, 11));
  GapReport report = harness.devices->report({});
  report.behind_records = 1;  // Of those that came since, as there are under load.
  EXPECT_EQ(missing_in_rows(report).value(), 3U);
  report.is_catching_up = true;
  EXPECT_EQ(missing_in_rows(report).error().kind, ErrorKind::kUnavailable);
}

TEST(NumberedDevicesTest, EpochsSourcesAndDevicesAreCountsOfTheirOwn) {
  DevicesHarness harness;
  harness.add({.arrival = {.number = 1, .day = 5}});
  harness.add({.epoch = "f", .arrival = {.number = 2, .day = 5}});
  harness.add({.device = "ta", .epoch = "be", .arrival = {.number = 3, .day = 5}});
  harness.add({.source = "ios", .arrival = {.number = 4, .day = 5}});
  EXPECT_EQ(harness.all()[GapFigure::kDevices], 3U);
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{5, 3}}));
  EXPECT_EQ(harness.missing("ios"), (std::map<std::uint32_t, std::uint64_t>{{5, 3}}));
}

TEST(NumberedDevicesTest, WhoIsNotBelievedIsInNoTotalUntilItIs) {
  DevicesHarness harness;
  harness.add(number(21, 5, "liar"));
  harness.add(number(3, 5, "good"));
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{5, 2}}));
  EXPECT_EQ(harness.all()[GapFigure::kUnbelievedMissing], 20U);
  EXPECT_EQ(harness.all()[GapFigure::kUnbelievedDevices], 1U);
  EXPECT_EQ(harness.all()[GapFigure::kArrived], 1U);
  for (std::uint64_t n = 1; n <= 4; ++n) {
    harness.add(number(n, 6, "liar"));
  }
  EXPECT_EQ(harness.all()[GapFigure::kUnbelievedMissing], 16U);
  harness.add(number(5, 6, "liar"));  // 15 are missing, 6 came.
  EXPECT_EQ(harness.all()[GapFigure::kUnbelievedDevices], 0U);
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{5, 17}}));
}

TEST(NumberedDevicesTest, TheOpenTailIsApartAndOfTheLastDay) {
  DevicesHarness harness;
  harness.add({.arrival = {.number = 1, .made = 3, .day = 5}});
  harness.add({.device = "far", .arrival = {.number = 1, .made = 9, .day = 5}});
  EXPECT_EQ(harness.all()[GapFigure::kMissing], 0U);
  EXPECT_EQ(harness.all()[GapFigure::kTail], 2U);
  EXPECT_EQ(harness.all()[GapFigure::kUnbelievedTail], 8U);
  harness.add({.arrival = {.number = 2, .made = 3, .day = 6}});
  const GapReport report = harness.devices->report({});
  ASSERT_EQ(report.rows.size(), 2U);
  EXPECT_EQ(report.rows[0].sums[GapFigure::kTail], 0U);
  EXPECT_EQ(report.rows[1].day, 6U);
  EXPECT_EQ(report.rows[1].sums[GapFigure::kTail], 1U);
}

TEST(NumberedDevicesTest, UnnumberedDevicesAreCountedAndNothingElseOfThem) {
  DevicesHarness harness;
  harness.add({.arrival = {.number = 7, .dropped = {1, 0, 0, 0, 0}, .day = 5}});
  harness.add(number(kNumberMax + 1, 6));
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{}));
  EXPECT_EQ(harness.all()[GapFigure::kUnnumberedDevices], 1U);
  EXPECT_EQ(harness.all()[GapFigure::kDevices], 0U);
  EXPECT_EQ(harness.all().dropped(0), 0U);
  EXPECT_TRUE(harness.list(5).empty());
  harness.checkpoint();
  harness.open();
  harness.add(number(1, 7));
  EXPECT_EQ(harness.all()[GapFigure::kUnnumberedDevices], 1U);
}

TEST(NumberedDevicesTest, WhatClientsGaveUpOnIsToldByReason) {
  DevicesHarness harness;
  harness.add({.arrival = {.number = 5, .dropped = {3, 0, 0, 0, 1}, .day = 5}});
  EXPECT_EQ(harness.all().dropped(0), 0U) << "not believed: 4 of 1";
  harness.add(number(1, 5));
  EXPECT_EQ(harness.all().dropped(0), 3U);
  EXPECT_EQ(harness.all().dropped(4), 0U) << "not more than is missing";
}

TEST(NumberedDevicesTest, EventsWithoutNumberOrWithADamagedOneChangeNothing) {
  DevicesHarness harness;
  EventView event;
  event.source = "web";
  event.anonymous_id = "tab";
  event.sequence = 5;
  ASSERT_TRUE(harness.devices->add(event));
  event.numbering = "\xff";
  ASSERT_TRUE(harness.devices->add(event));
  const std::string numbering = encode_numbering({.epoch = "e"});
  event.numbering = numbering;
  event.sequence = 0;
  ASSERT_TRUE(harness.devices->add(event));
  EXPECT_TRUE(harness.devices->empty());
  event.sequence = 5;
  ASSERT_TRUE(harness.devices->add(event));
  EXPECT_EQ(harness.devices->report({}).sources.size(), 1U);
}

TEST(NumberedDevicesTest, DevicesOfADayAreListedByPagesAlsoWhileACheckpointIsWritten) {
  DevicesHarness harness;
  for (const char* const device : {"a", "b", "c", "d", "e"}) {
    harness.add(number(1, 5, device));
    harness.add(number(4, 6, device));
  }
  harness.add(number(3, 9, "a"));
  harness.checkpoint();
  harness.add(number(2, 9, "b"));
  harness.add(number(2, 8, "g"));
  FrozenNumbers frozen;
  StateWrite write = harness.freeze(frozen);
  harness.add(number(3, 9, "b"));  // Nothing of b is missing any more.
  harness.add(number(2, 9, "c"));
  harness.add(number(3, 7, "f"));
  const auto check = [&] {
    for (const std::size_t rows_max : {1U, 2U, 100U}) {
      const auto devices = harness.list(6, rows_max);
      ASSERT_EQ(devices.size(), 3U);
      EXPECT_EQ(devices[0].place.substr(0, 1), "c");
      EXPECT_EQ(devices[0].missing_of_day, 1U);
      EXPECT_EQ(devices[0].arrived, 3U);
      EXPECT_EQ(devices[0].gaps[0].first, 3U);
      EXPECT_EQ(devices[1].missing_of_day, 2U);
      EXPECT_EQ(harness.list(9, rows_max).size(), 1U) << "of a, 2 is missing since then";
      EXPECT_EQ(harness.list(7, rows_max).size(), 1U);
      EXPECT_EQ(harness.list(8, rows_max).size(), 1U);
      EXPECT_TRUE(harness.list(5, rows_max).empty());
    }
  };
  check();
  harness.write(std::move(write), frozen);
  check();
  harness.devices->commit();
  check();
  harness.checkpoint();
  check();
  harness.open();
  check();
}

TEST(NumberedDevicesTest, AMomentTakesAlongWhatAPageNeedsAndNoMore) {
  DevicesHarness harness;
  for (int i = 0; i < 300; ++i) {
    harness.add(number(3, 5, "d" + std::to_string(i)));
  }
  const auto changed = [&](std::size_t rows_max) {
    return harness.devices
        ->devices({.source = "web", .day = 5, .rows_max = rows_max},
                  harness.store.snapshot().value())
        .changed.size();
  };
  EXPECT_EQ(changed(1), 65U);
  EXPECT_EQ(changed(100), 164U);
  EXPECT_EQ(changed(1'000), 300U);
  EXPECT_EQ(harness.list(5, 1).size(), 300U);
  for (int i = 0; i < 200; ++i) {  // Nothing of these is missing any more.
    harness.add(number(1, 5, "d" + std::to_string(i)));
    harness.add(number(2, 5, "d" + std::to_string(i)));
  }
  EXPECT_EQ(harness.list(5, 1).size(), 100U) << "a page without any has another one behind it";
}

TEST(NumberedDevicesTest, AMomentLooksAtSoManyRangesAndNoMore) {
  DevicesHarness harness({.limits = {.missing_max = 4'000, .missing_per_arrived_max = 3}});
  for (const char* const device : {"a", "b", "c", "d"}) {
    for (std::uint64_t at = 1; at <= 3'000; ++at) {
      harness.add(number(2 * at, 5, device));
    }
  }
  const auto moment = harness.devices->devices({.source = "web", .day = 5, .rows_max = 1},
                                               harness.store.snapshot().value());
  EXPECT_EQ(moment.changed.size(), 2U);
  EXPECT_TRUE(moment.known_until);
  EXPECT_EQ(harness.list(5, 100).size(), 4U);
}

TEST(NumberedDevicesTest, WhatLeavesMemoryComesBackAsItWas) {
  DevicesHarness harness({.limits = kLimits, .memory_bytes_max = 20'000});
  for (int i = 0; i < 200; ++i) {
    harness.add(number(3, 5, "d" + std::to_string(i)));
  }
  EXPECT_TRUE(harness.devices->is_full());
  EXPECT_EQ(harness.devices->make_room(1'000), 0U) << "nothing is stored yet";
  harness.checkpoint();
  while (harness.devices->make_room(10) > 0) {
  }
  EXPECT_LT(harness.devices->memory_bytes(), 20'000U);
  EXPECT_GT(harness.devices->hot_devices(), 0U);
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{5, 400}}));
  for (int i = 0; i < 200; ++i) {
    harness.add(number(1, 6, "d" + std::to_string(i)));
  }
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{5, 200}}));
  EXPECT_EQ(harness.list(5, 50).size(), 200U);
}

TEST(NumberedDevicesTest, UnderOtherLimitsAllIsCountedAnew) {
  DevicesHarness harness;
  harness.add(number(21, 5, "liar"));
  harness.add(number(3, 5, "good"));
  harness.checkpoint();
  harness.settings.limits = {.missing_max = 100, .missing_per_arrived_max = 100};
  harness.open();
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{5, 22}}));
  harness.checkpoint();
  harness.open();
  EXPECT_EQ(harness.missing(), (std::map<std::uint32_t, std::uint64_t>{{5, 22}}));
}

TEST(NumberedDevicesTest, AStoreThatCannotBeReadChangesNothing) {
  DevicesHarness harness;
  harness.store.fail_reads("numbers", Error{ErrorKind::kUnavailable, "gone"});
  EXPECT_FALSE(harness.try_add(number(4, 5)));
  harness.store.fail_reads("numbers", std::nullopt);
  EXPECT_TRUE(harness.devices->empty());
  harness.add(number(4, 5));
  EXPECT_EQ(harness.all()[GapFigure::kMissing], 3U);
}

TEST(NumberedDevicesTest, DamageInTheStoreIsSaid) {
  DevicesHarness harness;
  harness.add(number(4, 5));
  harness.checkpoint();
  std::string key;
  append_device_key("web", "tab", "e", key);
  StateWrite write{.manifest = *harness.store.manifest().value()};
  write.tables.push_back({.name = kNumbersTable});
  write.tables[0].changes.put(key, "\xff");
  ASSERT_TRUE(harness.store.write(write));
  harness.open();
  const auto added = harness.try_add(number(1, 5));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().kind, ErrorKind::kCorrupt);
  StateWrite lost{.manifest = *harness.store.manifest().value()};
  lost.tables.push_back({.name = kNumberDaysTable, .dropped = true});
  ASSERT_TRUE(harness.store.write(lost));
  NumberedDevices devices(harness.store, harness.settings, 7);
  const std::string manifest = *harness.store.manifest().value();
  ByteReader in(manifest);
  EXPECT_FALSE(devices.restore(in));
}

TEST(NumberedDevicesTest, FiguresComeByPages) {
  DevicesHarness harness;
  for (std::uint32_t day = 5; day < 9; ++day) {
    harness.add(number(2, day, std::to_string(day)));
    Numbered other = number(2, day, std::to_string(day));
    other.source = "ios";
    harness.add(other);
  }
  GapQuery query{.from = 6, .to = 9, .rows_max = 2};
  std::vector<std::string> rows;
  for (GapReport report{.is_cut = true}; report.is_cut;) {
    report = harness.devices->report(query);
    for (const GapReport::Row& row : report.rows) {
      rows.push_back(row.source + std::to_string(row.day));
    }
    query.behind = {report.rows.back().source, report.rows.back().day};
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"ios6", "ios7", "ios8", "web6", "web7", "web8"}));
}

/// A life with checkpoints, failed ones, crashes and forgotten devices, against a naive count.
class DevicesLife {
 public:
  explicit DevicesLife(std::uint64_t seed)
      : random_(seed), harness_({.limits = kLimits, .memory_bytes_max = 3'000}) {}

  void run() {
    for (int i = 0; i < 150; ++i) {
      const Numbered numbered = next();
      since_.push_back(numbered);
      all_.push_back(numbered);
      harness_.add(numbered);
      harness_.devices->make_room(random_() % 3);
      if (random_() % 10 == 0) {
        disturb();
      }
      if (random_() % 8 == 0) {
        ASSERT_NO_FATAL_FAILURE(check());
      }
    }
    harness_.checkpoint();
    ASSERT_NO_FATAL_FAILURE(check());
    check_store();
  }

 private:
  Numbered next() {
    Numbered numbered{.source = random_() % 3 == 0 ? "ios" : "web",
                      .device = std::string(1, static_cast<char>('a' + random_() % 4))};
    numbered.arrival = {.number = 1 + random_() % (random_() % 4 == 0 ? 60 : 12),
                        .made = random_() % 3 == 0 ? random_() % 20 : 0,
                        .day = static_cast<std::uint32_t>(100 + random_() % 3)};
    numbered.arrival.dropped[random_() % kDropReasons] = random_() % 5 == 0 ? 2 : 0;
    if (random_() % 400 == 0) {
      numbered.arrival.made = kNumberMax + 1;
    }
    return numbered;
  }

  /// What no checkpoint holds is read from the log again.
  void crash() {
    harness_.open();
    for (const Numbered& numbered : since_) {
      harness_.add(numbered);
    }
  }

  void disturb() {
    if (random_() % 3 == 0) {
      crash();
      return;
    }
    FrozenNumbers frozen;
    StateWrite write = harness_.freeze(frozen);
    std::vector<Numbered> later;
    for (std::uint64_t more = random_() % 4; more > 0; --more) {
      later.push_back(next());
      all_.push_back(later.back());
      harness_.add(later.back());
    }
    ASSERT_NO_FATAL_FAILURE(check());
    if (random_() % 4 == 0) {
      std::ranges::copy(later, std::back_inserter(since_));
      crash();
      return;
    }
    harness_.write(std::move(write), frozen);
    since_ = later;
    random_() % 4 == 0 ? crash() : harness_.devices->commit();
  }

  using Key = std::tuple<std::string, std::string>;
  std::map<Key, NumbersOracle> oracles() const {
    std::map<Key, NumbersOracle> oracles;
    for (const Numbered& numbered : all_) {
      oracles[{numbered.source, numbered.device}].add(numbered.arrival);
    }
    return oracles;
  }

  void check() {
    std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> missing;
    std::map<std::pair<std::string, std::uint32_t>, std::map<std::string, std::uint32_t>> listed;
    for (const auto& [key, oracle] : oracles()) {
      const auto& [source, device] = key;
      std::uint64_t sum = 0;
      for (const auto& [day, count] : oracle.missing_by_day()) {
        listed[{source, day}][device] = count;
        sum += count;
      }
      const bool is_believed =
          !oracle.is_unnumbered() && kLimits.believe(sum, oracle.numbers().size());
      for (const auto& [day, count] : oracle.missing_by_day()) {
        missing[{source, day}] += is_believed ? count : 0;
      }
    }
    std::erase_if(missing, [](const auto& each) { return each.second == 0; });
    for (const std::string source : {"ios", "web"}) {
      std::map<std::uint32_t, std::uint64_t> expected;
      for (std::uint32_t day = 100; day < 103; ++day) {
        if (missing.contains({source, day})) {
          expected[day] = missing[{source, day}];
        }
        std::map<std::string, std::uint32_t> found;
        for (const GapDevice& device : harness_.list(day, 2, source)) {
          found[device.place.substr(0, 1)] = device.missing_of_day;
        }
        ASSERT_EQ(found, (listed[{source, day}])) << source << day;
      }
      ASSERT_EQ(harness_.missing(source), expected);
    }
  }

  /// Byte for byte: the tables are those of the set of events.
  void check_store() {
    MemoryStateStore::Table expected;
    for (const auto& [key, oracle] : oracles()) {
      std::string row;
      append_device_key(std::get<0>(key), std::get<1>(key), "e", row);
      expected[row] = oracle.encode();
    }
    EXPECT_EQ(harness_.store.table(kNumbersTable), expected);
    DevicesHarness straight(harness_.settings);
    for (const Numbered& numbered : all_) {
      straight.add(numbered);
    }
    straight.checkpoint();
    for (const char* const table : {kNumberGapsTable, kNumberDaysTable}) {
      EXPECT_EQ(harness_.store.table(table), straight.store.table(table)) << table;
    }
  }

  Random random_;
  DevicesHarness harness_;
  std::vector<Numbered> all_;
  std::vector<Numbered> since_;  // The last checkpoint.
};

TEST(NumberedDevicesTest, AreAFunctionOfWhatCameHoweverOftenTheyCrash) {
  for (int seed = 1; seed <= random_cases(200); ++seed) {
    SCOPED_TRACE(seed);
    ASSERT_NO_FATAL_FAILURE(DevicesLife(seed).run());
  }
}

}  // namespace
}  // namespace hapax
