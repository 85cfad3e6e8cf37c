// SPDX-License-Identifier: Apache-2.0
// Views over more keys than are counted. That the right ones are counted whatever the order,
// checkpoints and restarts is shown by view_oracle_test.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "stream/event_hash.hpp"
#include "testing/evict_all.hpp"
#include "testing/failing_table_store.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/keyed_view.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::int64_t kHour = 60;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::uint64_t kKeyBytes = 64 + 7;  // Of a user with a name of four bytes.

const std::string kByHour =
    R"~({"name":"v","per":"user","window":{"tumbling":"1h"},"group_by":["event"],)~"
    R"~("measures":{"a":"count","b":"sum(key.events)"}})~";
std::string sessions(const std::string& more = "") {
  return R"~({"name":"v","per":"user","window":{"session":"30m","by":"1d"},)~" + more +
         R"~("measures":{"a":"count","b":"sum(key.events)"}})~";
}

std::string user(int number) {
  return "u" + std::to_string(100 + number);
}

using Store = FailingTableStore;

class KeyedViewSampleTest : public testing::Test {
 protected:
  /// On what is stored, as after a restart. As many users are counted.
  Result<void> try_start(const std::string& spec, std::uint64_t users_max) {
    HAPAX_ASSIGN(
        view_,
        make_running_view(
            parse_view_json(spec).value(), inputs_, 7, store_, "v", {.hasher = hasher_},
            {.bytes_max = kKeyBytes * users_max, .hasher = hasher_, .last_known = last_known_}));
    const std::string manifest = store_.manifest().value().value_or("");
    ByteReader in(manifest);
    EXPECT_TRUE(manifest.empty() || view_->restore(in));
    return {};
  }
  void start(const std::string& spec, std::uint64_t users_max) {
    const auto started = try_start(spec, users_max);
    ASSERT_TRUE(started) << started.error().text();
  }

  Result<void> try_add(const std::string& who, std::int64_t minute,
                       EventTime watermark = EventTime::min()) {
    const std::string id = std::to_string(++ids_);
    const KeyedEvent keyed = key_event({.source = "shop",
                                        .message_id = id,
                                        .type = EventType::kTrack,
                                        .name = "a",
                                        .user_id = who,
                                        .received_at = ProcessingTime(minutes(minute)),
                                        .event_time = EventTime(minutes(minute)),
                                        .properties = "{}"},
                                       hasher_);
    event_.emplace(inputs_, hasher_);
    event_->read(keyed);
    return view_->add(*event_, watermark);
  }
  void add(const std::string& who, std::int64_t minute, EventTime watermark = EventTime::min()) {
    ASSERT_TRUE(try_add(who, minute, watermark));
  }

  void checkpoint() {
    StateWrite write{.manifest = {}};
    ASSERT_TRUE(view_->freeze().add_to(write, store_));
    ByteWriter out(write.manifest);
    view_->encode(out);
    ASSERT_TRUE(store_.write(write));
    view_->commit();
  }

  struct Cell {
    std::uint64_t keys = 0;
    double events = 0;
    std::uint64_t revision = 0;

    friend bool operator==(const Cell&, const Cell&) = default;
  };
  /// By key.
  std::vector<Cell> cells() const {
    std::vector<Cell> all;
    const auto keys = view_->cells().keys_from({}, SIZE_MAX).value();
    for (const std::string& key : keys) {
      const ViewCell cell = view_->cells().find(key).value().value();
      const auto results = cell.measures.finalize(hours(1));
      all.push_back({.keys = std::get<std::uint64_t>(results[0].answer),
                     .events = std::get<double>(results[1].answer),
                     .revision = cell.revision});
    }
    return all;
  }
  std::uint64_t counted() const { return view_->account().whole().counted.count; }
  double share() const {
    const auto shares = view_->key_shares();
    return shares ? shares->of({.start = EventTime(hours(0)), .end = EventTime(hours(1))}) : 1;
  }
  /// Of some users the one that stays the longest.
  std::string first_of(int from, int to) const {
    std::string first = user(from);
    for (int i = from; i < to; ++i) {
      first = place_of(user(i)) < place_of(first) ? user(i) : first;
    }
    return first;
  }
  std::uint64_t place_of(const std::string& user) const {
    std::string key;
    append_group_value(std::string_view(user), key);
    return hasher_.group(key);
  }
  std::size_t stored_keys() const { return store_.table("view.v.keys").size(); }

  std::size_t last_known_ = 2;
  Store store_;
  IdHasher hasher_;
  ViewInputs inputs_;
  std::optional<EventInputs> event_;
  std::unique_ptr<RunningView> view_;
  int ids_ = 0;
};

/// To look through them costs seconds when they are many.
TEST_F(KeyedViewSampleTest, LateKeysDoNotHaveAllOfThemLookedThroughAgain) {
  last_known_ = 500;
  start(kByHour, 2'000);
  const auto name = [](int number) { return "n" + std::to_string(1'000 + number); };
  for (int i = 0; i < 4'000; ++i) {
    add(name(i), 1);
  }
  for (int late = 0; late < 20; ++late) {
    checkpoint();
    evict_all(*view_);
    const int before = store_.scans;
    add(name(4'000 + late), 1, EventTime(hours(2)));
    EXPECT_EQ(store_.scans, before) << late;
  }
}

TEST_F(KeyedViewSampleTest, AsManyKeysAsFitAreCountedAndTheOthersLeaveNoTrace) {
  for (const std::string& spec : {kByHour, sessions()}) {
    store_ = Store();
    start(spec, 10);
    for (int i = 0; i < 10; ++i) {
      add(user(i), 5);
    }
    EXPECT_EQ(cells(), (std::vector<Cell>{{.keys = 10, .events = 10}}));
    EXPECT_EQ(view_->key_shares(), nullptr);
    for (int again = 0; again < 3; ++again) {
      for (int i = 0; i < 40; ++i) {
        add(user(i), 6 + again);
      }
    }
    ASSERT_EQ(cells().size(), 1U);
    EXPECT_EQ(cells()[0].keys, 10U);
    EXPECT_LE(cells()[0].events, 40);
    EXPECT_EQ(counted(), 130U);
    EXPECT_LT(share(), 0.6);
    EXPECT_GT(share(), 0.05);
    const KeyReport report = view_->key_report().value();
    EXPECT_EQ(report.keys, 10U);
    EXPECT_EQ(report.bytes, report.bytes_max);
    EXPECT_EQ(report.windows_sampled, 1U);
    EXPECT_EQ(report.least_share, share());
    checkpoint();
    EXPECT_EQ(stored_keys(), 10U);
  }
}

TEST_F(KeyedViewSampleTest, WhatAKeyWeighsDoesNotDependOnWhatItDoes) {
  start(sessions(), 10);
  for (int i = 0; i < 10; ++i) {
    for (int day = 0; day < 50; ++day) {
      add(user(i), day * kDay);
    }
  }
  EXPECT_EQ(view_->key_shares(), nullptr);
  EXPECT_EQ(view_->key_report()->bytes, 10 * kKeyBytes);
}

TEST_F(KeyedViewSampleTest, EachWindowHasItsOwnBudgetAndSessionsHaveOne) {
  start(kByHour, 10);
  for (int i = 0; i < 20; ++i) {
    add(user(i), i < 10 ? 5 : 65);
  }
  EXPECT_EQ(view_->key_shares(), nullptr);
  start(sessions(), 10);
  for (int i = 0; i < 20; ++i) {
    add(user(i), i * kDay);
  }
  EXPECT_EQ(cells().size(), 10U);
  EXPECT_LT(share(), 1);
}

TEST_F(KeyedViewSampleTest, WhatLeavesAWindowThatIsOverIsACorrection) {
  start(kByHour, 1);
  add(user(0), 5);
  for (int i = 1; i < 8; ++i) {
    add(user(i), 6, EventTime(hours(2)));
  }
  ASSERT_EQ(cells().size(), 1U);
  EXPECT_EQ(cells()[0].keys, 1U);
  EXPECT_GT(cells()[0].revision, 0U);
}

TEST_F(KeyedViewSampleTest, KeysThatAreOutStayOutAfterARestart) {
  for (const std::string& spec : {kByHour, sessions()}) {
    store_ = Store();
    start(spec, 5);
    for (int i = 0; i < 40; ++i) {
      add(user(i), 5);
    }
    const auto before = cells();
    const double share_before = share();
    checkpoint();
    start(spec, 1'000);
    EXPECT_EQ(share(), share_before);
    for (int i = 0; i < 40; ++i) {
      add(user(i), 5);
    }
    EXPECT_EQ(cells(), (std::vector<Cell>{{.keys = before[0].keys, .events = 10}}));
  }
}

TEST_F(KeyedViewSampleTest, StatesFromBeforeThereWasALimitAreLimitedFromTheNextNewKeyOn) {
  for (const std::string& spec : {kByHour, sessions()}) {
    store_ = Store();
    start(spec, 1'000);
    for (int i = 0; i < 40; ++i) {
      add(user(i), 5);
    }
    checkpoint();
    ASSERT_TRUE(store_.write({.manifest = store_.manifest().value().value(),
                              .tables = {{.name = "view.v.sample", .dropped = true}}}));
    start(spec, 10);
    EXPECT_EQ(cells()[0].keys, 40U);
    for (int i = 60; i < 800; ++i) {
      add(user(i), 5);
    }
    EXPECT_EQ(cells()[0].keys, 10U);
  }
}

TEST_F(KeyedViewSampleTest, SessionsThatExpireMakeRoom) {
  const std::string spec = sessions(R"("keep":"10m",)");
  start(spec, 10);
  for (int day = 0; day < 20; ++day) {
    for (int i = 0; i < 8; ++i) {
      add(user(10 * day + i), day * kDay);
    }
    checkpoint();
    evict_all(*view_);
    view_->drop_expired(ProcessingTime(minutes((day + 1) * kDay + 40)));
    checkpoint();
    EXPECT_EQ(stored_keys(), 0U);
  }
  EXPECT_EQ(view_->key_shares(), nullptr);
}

TEST_F(KeyedViewSampleTest, AnEventIsCountedWithAllItPushesOutOrNotAtAll) {
  for (const std::string& spec : {kByHour, sessions()}) {
    for (const char* table : {"view.v", "view.v.keys", "view.v.sample"}) {
      store_ = Store();
      start(spec, 5);
      for (int i = 0; i < 5; ++i) {
        add(user(i), 5);
      }
      checkpoint();
      start(spec, 5);
      const auto before = cells();
      store_.failing = table;
      EXPECT_FALSE(try_add(first_of(10, 50), 5));
      store_.failing.clear();
      EXPECT_EQ(cells(), before);
      EXPECT_FALSE(view_->dirty());
      EXPECT_EQ(view_->key_shares(), nullptr);
      EXPECT_EQ(counted(), 5U);
    }
  }
}

TEST_F(KeyedViewSampleTest, ADamagedSampleIsCorruption) {
  start(kByHour, 5);
  for (int i = 0; i < 10; ++i) {
    add(user(i), 5);
  }
  checkpoint();
  const auto [key, value] = *store_.table("view.v.sample").begin();
  StateWrite::Table change{.name = "view.v.sample"};
  change.changes.put(key, value.substr(0, value.size() - 1));
  ASSERT_TRUE(store_.write({.manifest = {}, .tables = {change}}));
  const auto started = try_start(kByHour, 5);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::kCorrupt);
}

TEST_F(KeyedViewSampleTest, WhatIsKnownOfASampleGoesWithItsWindow) {
  const std::string spec = R"~({"name":"v","per":"user","window":{"tumbling":"1h"},"keep":"1h",)~"
                           R"~("measures":{"a":"count","b":"sum(key.events)"}})~";
  start(spec, 2);
  for (int i = 0; i < 10; ++i) {
    add(user(i), 5);
  }
  checkpoint();
  EXPECT_NE(view_->key_shares(), nullptr);
  view_->drop_expired(ProcessingTime(hours(2)));
  EXPECT_EQ(view_->key_shares(), nullptr);
  checkpoint();
  EXPECT_EQ(store_.table("view.v.sample").size(), 0U);
}

/// Over many keys of hashing: what is counted by the share is the truth on average, and as far off
/// as is said.
TEST_F(KeyedViewSampleTest, EstimatesAreUnbiasedAndAsFarOffAsTheySay) {
  constexpr int kTrials = 100;
  constexpr int kUsers = 400;
  double sum = 0;
  double events = 0;
  double squares = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    HashKey key;
    key.bytes[0] = static_cast<unsigned char>(trial);
    hasher_ = IdHasher(key);
    store_ = Store();
    start(kByHour, 80);
    for (int i = 0; i < kUsers; ++i) {
      add(user(i), 5);
      if (i % 4 == 0) {
        add(user(i), 6);
      }
    }
    const Cell cell = cells().at(0);
    const auto sampled = static_cast<double>(cell.keys);
    sum += sampled / share();
    events += cell.events / share();
    const double error = std::sqrt((1 - share()) / sampled);
    squares += std::pow((sampled / share() / kUsers - 1) / error, 2);
  }
  const double mean_error = std::sqrt(0.8 / 80 / kTrials);
  EXPECT_NEAR(sum / kTrials / kUsers, 1, 3 * mean_error);
  EXPECT_NEAR(events / kTrials / (1.25 * kUsers), 1, 4 * mean_error);
  EXPECT_NEAR(std::sqrt(squares / kTrials), 1, 0.25);
}

}  // namespace
}  // namespace hapax
