// SPDX-License-Identifier: Apache-2.0
#include "audit/books.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace hapax {
namespace {

using Random = std::mt19937_64;

struct Entry {
  EventView event;
  Hash128 id;
  Seen seen = Seen::kFirst;
  bool late = false;
};

Entry random_entry(Random& random) {
  Entry entry{.event = {}, .id = {.low = random(), .high = random()}};
  entry.event.source = random() % 2 == 0 ? "shop" : "blog";
  entry.event.clock_epoch = random() % 3;
  entry.event.flags = static_cast<std::uint32_t>(random() % (2 * kEventFlagNonNumber));
  entry.event.event_time = event_time_from_micros(random() % 2 == 0 ? -1 : 1);
  entry.seen = static_cast<Seen>(random() % 4);
  entry.late = random() % 2 == 0;
  return entry;
}

void enter(Books& books, const Entry& entry) {
  if (entry.id.low % 5 == 0) {
    books.enter_rejected(entry.event, entry.id, ClockEpoch(entry.event.clock_epoch));
  } else {
    books.enter(entry.event, entry.id, entry.seen, entry.late, ClockEpoch(entry.event.clock_epoch));
  }
}

std::string encoded(const Books& books) {
  std::string bytes;
  ByteWriter out(bytes);
  books.encode(out);
  return bytes;
}

Books restored(const std::string& bytes) {
  Books books;
  ByteReader in(bytes);
  EXPECT_TRUE(books.restore(in));
  EXPECT_TRUE(in.ok() && in.at_end());
  return books;
}

std::uint64_t received(const Books& books) {
  std::uint64_t received = 0;
  for (const SourceAudit& audit : books.sources()) {
    received += audit.received;
  }
  return received;
}

TEST(BooksTest, CountsEachFlagOfUniqueEvents) {
  const std::pair<std::uint32_t, std::uint64_t SourceAudit::*> flags[] = {
      {kEventFlagClockAhead, &SourceAudit::clock_ahead},
      {kEventFlagClockBehind, &SourceAudit::clock_behind},
      {kEventFlagClockCorrected, &SourceAudit::clock_corrected},
      {kEventFlagSeconds, &SourceAudit::seconds},
      {kEventFlagTimeUnreadable, &SourceAudit::time_unreadable},
      {kEventFlagNonNumber, &SourceAudit::non_number}};
  for (const auto& [flag, expected] : flags) {
    Books books;
    const EventView event{.source = "web", .flags = flag | kEventFlagServerMessageId};
    books.enter(event, {}, Seen::kFirst, false, kUndoubted);
    books.enter(event, {}, Seen::kDuplicate, false, kUndoubted);
    const SourceAudit audit = books.sources().front();
    for (const auto& [_, counter] : flags) {
      EXPECT_EQ(audit.*counter, counter == expected ? 1U : 0U) << flag;
    }
  }
}

TEST(BooksTest, AMergedEpochIsAsIfItHadBeenEnteredWithoutADoubtADiscardedOneAsIfItHadNot) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random(seed);
    Books books;
    Books expected;
    std::uint64_t entered = 0;
    for (int i = 0; i < 100; ++i) {
      Entry entry = random_entry(random);
      enter(books, entry);
      ++entered;
      entry.event.clock_epoch = 0;
      enter(expected, entry);
    }
    books = restored(encoded(books));
    EXPECT_EQ(received(books), entered) << "all epochs together";
    books.merge_epoch(ClockEpoch(1));
    books.merge_epoch(ClockEpoch(2));
    EXPECT_EQ(encoded(books), encoded(expected));
  }
}

TEST(BooksTest, FiguresThatAnOlderVersionDidNotKeepAreZeroMoreThanKnownAreRefused) {
  Books books;
  enter(books, {.event = {.source = "shop"}, .id = {.low = 1, .high = 1}});
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u32(1);  // One counter, no digest.
  out.put_u32(0);
  out.put_u32(1);
  out.put_string("shop");
  out.put_u64(42);
  out.put_u32(0);
  EXPECT_EQ(received(restored(bytes)), 42U);
  std::string newer = encoded(books);
  ++newer[0];
  ByteReader in(newer);
  Books unread;
  EXPECT_EQ(unread.restore(in).error().kind, ErrorKind::kInvalid);
}

EventView event_of(std::string_view source, std::int64_t event_seconds, std::int64_t received) {
  EventView event;
  event.source = source;
  event.event_time = EventTime(std::chrono::seconds(event_seconds));
  event.received_at = ProcessingTime(std::chrono::seconds(received));
  return event;
}

void enter_first(const EventView& event, Books& books) {
  books.enter(event, Hash128{.low = 1, .high = 2}, Seen::kFirst, false, kUndoubted);
}

TEST(BooksTest, KnowsTheNewestOfASourceAndOfAll) {
  Books books;
  EXPECT_FALSE(books.newest(std::nullopt));
  enter_first(event_of("web", 100, 500), books);
  enter_first(event_of("web", 90, 600), books);
  enter_first(event_of("ios", 300, 400), books);
  EXPECT_EQ(books.newest("web")->event_time, EventTime(std::chrono::seconds(100)));
  EXPECT_EQ(books.newest("web")->received_at, ProcessingTime(std::chrono::seconds(600)));
  EXPECT_EQ(books.newest(std::nullopt)->event_time, EventTime(std::chrono::seconds(300)));
  EXPECT_EQ(books.newest(std::nullopt)->received_at, ProcessingTime(std::chrono::seconds(600)));
  EXPECT_FALSE(books.newest("android"));
}

TEST(BooksTest, ARejectedEventIsNoNewestAndOneBefore1970IsOfNoKnownTime) {
  Books books;
  books.enter_rejected(event_of("web", 100, 500), Hash128{}, kUndoubted);
  EXPECT_FALSE(books.newest("web"));
  enter_first(event_of("web", -100, 500), books);
  EXPECT_EQ(books.newest("web")->event_time, EventTime());
}

TEST(BooksTest, StoresAllFigures) {
  Books books;
  enter_first(event_of("web", 100, 500), books);
  std::string bytes;
  ByteWriter out(bytes);
  books.encode(out);
  Books restored;
  ByteReader in(bytes);
  ASSERT_TRUE(restored.restore(in));
  EXPECT_TRUE(in.ok());
  ASSERT_EQ(restored.sources().size(), 1U);
  EXPECT_EQ(restored.sources()[0].unique, 1U);
  EXPECT_EQ(restored.sources()[0].unique_digest, books.sources()[0].unique_digest);
  EXPECT_EQ(restored.newest("web")->received_at, ProcessingTime(std::chrono::seconds(500)));
}

TEST(BooksTest, FiguresThatWereNotStoredAreZero) {
  constexpr std::uint32_t kCounters = 3;
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u32(kCounters);
  out.put_u32(0);
  out.put_u32(1);
  out.put_string("web");
  for (std::uint32_t i = 1; i <= kCounters; ++i) {
    out.put_u64(i);
  }
  out.put_u32(0);  // Of no doubted epoch.
  Books books;
  ByteReader in(bytes);
  ASSERT_TRUE(books.restore(in));
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(books.sources()[0].rejected, 3U);
  EXPECT_EQ(books.sources()[0].unique, 0U);
  EXPECT_FALSE(books.newest("web"));
}

}  // namespace
}  // namespace hapax
