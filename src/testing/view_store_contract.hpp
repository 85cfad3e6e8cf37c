// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "ports/view_store.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {

/// What every ViewStore does, and a ViewStoreReader of what it has. A test program instantiates it
/// with a way to open them.
struct ViewStoreUnderTest {
  virtual ~ViewStoreUnderTest() = default;
  /// Nothing was published yet.
  virtual ViewStore& store() = 0;
  /// That of another owner.
  virtual ViewStore& other() = 0;
  virtual ViewStoreReader& reader() = 0;
  /// Runs callbacks of both owners that are due, or waits a moment for some.
  virtual void run_callbacks() = 0;
  /// How many rows a cursor reads at once, if that is of interest.
  virtual std::size_t rows_in_a_page() const { return 8; }
};

class ViewStoreContract : public testing::TestWithParam<std::unique_ptr<ViewStoreUnderTest> (*)()> {
 protected:
  static constexpr std::chrono::seconds kPatience{60};
  static constexpr std::string_view kEnd = "\xFF\xFF\xFF\xFF";
  template <typename T>
  using Answer = std::optional<Result<T>>;
  /// "part: key=value".
  using Rows = std::vector<std::string>;

  ViewStore& store() { return made_->store(); }
  ViewStore& other() { return made_->other(); }
  ViewStoreReader& reader() { return made_->reader(); }

  /// `text`: "a=1 b=2 c": puts a and b, erases c; in order.
  static StateWrite::Table table(std::string name, std::string_view text) {
    StateWrite::Table table{.name = std::move(name)};
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      const std::string_view word = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      const std::size_t equals = word.find('=');
      if (equals == word.npos) {
        table.changes.erase(word);
      } else {
        table.changes.put(word.substr(0, equals), word.substr(equals + 1));
      }
    }
    return table;
  }
  static PartitionUpdate update(std::uint64_t version, std::uint64_t since,
                                std::vector<StateWrite::Table> tables) {
    return {
        .version = version,
        .since = since,
        .change = {.manifest = "manifest " + std::to_string(version), .tables = std::move(tables)}};
  }

  /// Runs callbacks until `done`, or gives up.
  template <typename Done>
  bool run_until(Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      made_->run_callbacks();
    }
    return done();
  }
  template <typename T>
  Result<T> wait_for(Answer<T>& answer) {
    if (!run_until([&answer] { return answer.has_value(); })) {
      return Error{ErrorKind::kTimedOut, "there was no answer"};
    }
    return std::move(*answer);
  }
  Result<void> publish(ViewStore& store, std::uint32_t partition, PartitionUpdate update) {
    Answer<void> answer;
    store.publish(PartitionId(partition), std::move(update),
                  [&answer](Result<void> done) { answer = std::move(done); });
    return wait_for(answer);
  }
  void publish(std::uint32_t partition, PartitionUpdate update) {
    const Result<void> published = publish(store(), partition, std::move(update));
    ASSERT_TRUE(published) << published.error().text();
  }
  std::uint64_t version(ViewStore& store, std::uint32_t partition) {
    Answer<std::uint64_t> answer;
    store.version(PartitionId(partition),
                  [&answer](Result<std::uint64_t> found) { answer = std::move(found); });
    return wait_for(answer).value();
  }
  std::uint64_t version(std::uint32_t partition) { return version(store(), partition); }

  /// "version manifest" by partition, up to the last one that has published.
  std::vector<std::string> published() {
    std::vector<std::string> lines;
    const auto partitions = reader().published();
    for (const PublishedPartition& partition : *partitions) {
      lines.push_back(std::to_string(partition.version) + " " + partition.manifest);
    }
    return lines;
  }
  static Rows scan(SnapshotReader& reader, std::string_view table, std::string_view from = "",
                   std::string_view to = kEnd) {
    Rows rows;
    const auto at = reader.cursor(table, std::string(to));
    EXPECT_FALSE(at->valid());
    for (at->seek(from); at->valid(); at->next()) {
      rows.push_back(std::to_string(at->part()) + ": " + std::string(at->key()) + "=" +
                     std::string(at->value()));
    }
    EXPECT_TRUE(at->status()) << at->status().error().text();
    return rows;
  }
  template <typename Read>
  void read(Read&& read) {
    const Result<void> done = reader().snapshot()->read([&](PartitionsReader& at) -> Result<void> {
      read(at);
      return {};
    });
    EXPECT_TRUE(done) << done.error().text();
  }
  Rows scan(std::string_view table, std::string_view from = "", std::string_view to = kEnd) {
    Rows rows;
    read([&](SnapshotReader& at) { rows = scan(at, table, from, to); });
    return rows;
  }

  std::unique_ptr<ViewStoreUnderTest> made_ = GetParam()();
};

TEST_P(ViewStoreContract, HasNothingAtFirst) {
  EXPECT_EQ(version(0), 0U);
  EXPECT_EQ(version(7), 0U);
  EXPECT_EQ(published(), std::vector<std::string>{});
  EXPECT_EQ(scan("t"), Rows{});
}

TEST_P(ViewStoreContract, ReadersFindWhatWasPublished) {
  publish(0, update(3, 0, {table("t", "a=1 b=2"), table("u.7", "a=3")}));
  EXPECT_EQ(version(0), 3U);
  EXPECT_EQ(version(other(), 0), 3U);
  EXPECT_EQ(published(), std::vector<std::string>{"3 manifest 3"});
  EXPECT_EQ(scan("t"), (Rows{"0: a=1", "0: b=2"}));
  EXPECT_EQ(scan("u.7"), Rows{"0: a=3"});
  EXPECT_EQ(scan("u"), Rows{});
}

TEST_P(ViewStoreContract, AnUpdateChangesWhatItSaysAndNothingElse) {
  publish(0, update(1, 0, {table("t", "a=1 b=2 c=3"), table("u", "a=1")}));
  publish(1, update(1, 0, {table("t", "a=one b=two")}));
  publish(0, update(2, 1, {table("t", "a=10 b d=4 e")}));
  EXPECT_EQ(scan("t"), (Rows{"0: a=10", "1: a=one", "1: b=two", "0: c=3", "0: d=4"}));
  EXPECT_EQ(scan("u"), Rows{"0: a=1"});
  EXPECT_EQ(published(), (std::vector<std::string>{"2 manifest 2", "1 manifest 1"}));
}

TEST_P(ViewStoreContract, AnUpdateOfNothingBringsItsVersionAndManifest) {
  publish(0, update(1, 0, {table("t", "a=1")}));
  publish(0, update(9, 1, {}));
  EXPECT_EQ(published(), std::vector<std::string>{"9 manifest 9"});
  EXPECT_EQ(scan("t"), Rows{"0: a=1"});
}

TEST_P(ViewStoreContract, DropsThenErasesRangesThenPutsAndErases) {
  publish(0, update(1, 0, {table("t", "a=1 b=2 c=3 d=4 e=5"), table("u", "a=1 b=2")}));
  publish(1, update(1, 0, {table("t", "b=other"), table("u", "a=other")}));
  StateWrite::Table ranges = table("t", "b=20 e");
  ranges.erased = {{.from = "b", .to = "d"}, {.from = "x", .to = "y"}, {.from = "z", .to = "a"}};
  StateWrite::Table dropped = table("u", "c=3");
  dropped.dropped = true;
  publish(0, update(2, 1, {std::move(ranges), std::move(dropped)}));
  EXPECT_EQ(scan("t"), (Rows{"0: a=1", "0: b=20", "1: b=other", "0: d=4"}));
  EXPECT_EQ(scan("u"), (Rows{"1: a=other", "0: c=3"}));
}

TEST_P(ViewStoreContract, SinceNothingReplacesAllThatWas) {
  publish(0, update(1, 0, {table("t", "a=1 b=2"), table("u", "a=1")}));
  publish(1, update(1, 0, {table("t", "a=other")}));
  publish(0, update(2, 0, {table("t", "b=20")}));
  EXPECT_EQ(scan("t"), (Rows{"1: a=other", "0: b=20"}));
  EXPECT_EQ(scan("u"), Rows{});
  EXPECT_EQ(published(), (std::vector<std::string>{"2 manifest 2", "1 manifest 1"}));
}

TEST_P(ViewStoreContract, WhatComesLateChangesNothing) {
  publish(0, update(5, 0, {table("t", "a=5")}));
  PartitionUpdate other_manifest = update(5, 4, {table("t", "a=again b=1")});
  other_manifest.change.manifest = "of somebody else";
  EXPECT_TRUE(publish(other(), 0, std::move(other_manifest)));
  EXPECT_TRUE(publish(other(), 0, update(4, 3, {table("t", "a=4")})));
  EXPECT_TRUE(publish(other(), 0, update(4, 0, {table("t", "a=4")})));
  EXPECT_EQ(published(), std::vector<std::string>{"5 manifest 5"});
  EXPECT_EQ(scan("t"), Rows{"0: a=5"});
}

TEST_P(ViewStoreContract, AnUpdateMayReachBackBeyondWhatIsThere) {
  publish(0, update(5, 0, {table("t", "a=5 b=5")}));
  publish(0, update(7, 3, {table("t", "a=7")}));
  EXPECT_EQ(version(0), 7U);
  EXPECT_EQ(scan("t"), (Rows{"0: a=7", "0: b=5"}));
}

TEST_P(ViewStoreContract, RefusesWhatIsSinceLaterThanWhatIsThere) {
  publish(0, update(5, 0, {table("t", "a=5")}));
  EXPECT_EQ(publish(store(), 0, update(8, 6, {table("t", "a=8")})).error().kind,
            ErrorKind::kInvalid);
  EXPECT_EQ(publish(store(), 1, update(8, 6, {table("t", "a=8")})).error().kind,
            ErrorKind::kInvalid);
  EXPECT_EQ(published(), std::vector<std::string>{"5 manifest 5"});
  EXPECT_EQ(scan("t"), Rows{"0: a=5"});
}

TEST_P(ViewStoreContract, DoesWhatIsAskedAtOnceInItsOrder) {
  constexpr std::uint64_t kUpdates = 20;
  std::vector<std::uint64_t> done;
  for (std::uint64_t i = 1; i <= kUpdates; ++i) {
    store().publish(PartitionId(i % 2), update(i, i > 2 ? i - 2 : 0, {table("t", "a=1")}),
                    [&done, i](const Result<void>& published) {
                      EXPECT_TRUE(published) << published.error().text();
                      done.push_back(i);
                    });
  }
  Answer<std::uint64_t> last;
  store().version(PartitionId(0), [&](Result<std::uint64_t> found) { last = std::move(found); });
  EXPECT_EQ(wait_for(last).value(), kUpdates);
  EXPECT_EQ(done.size(), kUpdates);
  EXPECT_TRUE(std::ranges::is_sorted(done));
}

TEST_P(ViewStoreContract, PartitionsThatPublishedNothingStandAtNothing) {
  publish(2, update(4, 0, {table("t", "a=1")}));
  EXPECT_EQ(published(), (std::vector<std::string>{"0 ", "0 ", "4 manifest 4"}));
  EXPECT_EQ(version(1), 0U);
}

TEST_P(ViewStoreContract, CursorsGoByKeyThenByPartition) {
  publish(0, update(1, 0, {table("t", "b=0 d=0")}));
  publish(2, update(1, 0, {table("t", "a=2 b=2 c=2")}));
  publish(1, update(1, 0, {table("t", "b=1 e=1")}));
  EXPECT_EQ(scan("t"),
            (Rows{"2: a=2", "0: b=0", "1: b=1", "2: b=2", "2: c=2", "0: d=0", "1: e=1"}));
  EXPECT_EQ(scan("t", "b", "d"), (Rows{"0: b=0", "1: b=1", "2: b=2", "2: c=2"}));
  EXPECT_EQ(scan("t", "bb", "d"), Rows{"2: c=2"});
  EXPECT_EQ(scan("t", "d", "b"), Rows{});
  EXPECT_EQ(scan("t", "x", "y"), Rows{});
}

TEST_P(ViewStoreContract, CursorsSeekForthAndBack) {
  publish(0, update(1, 0, {table("t", "a=0 c=0 e=0")}));
  publish(1, update(1, 0, {table("t", "a=1 c=1")}));
  read([](SnapshotReader& reader) {
    const auto at = reader.cursor("t", "e");
    const auto key_after = [&at](std::string_view key) {
      at->seek(key);
      return at->valid() ? std::to_string(at->part()) + std::string(at->key()) : "none";
    };
    EXPECT_EQ(key_after("b"), "0c");
    EXPECT_EQ(key_after("d"), "none");
    EXPECT_EQ(key_after("a"), "0a");
    at->next();
    EXPECT_EQ(at->part(), 1U);
    EXPECT_EQ(key_after("a"), "0a");
    EXPECT_EQ(key_after(std::string_view("a\0", 2)), "0c");
    EXPECT_TRUE(at->status());
  });
}

TEST_P(ViewStoreContract, CursorsGoOverMoreThanAPage) {
  const std::size_t keys = made_->rows_in_a_page() + 3;
  StateWrite::Table all{.name = "t"};
  StateWrite::Table even{.name = "t"};
  Rows expected;
  for (std::size_t i = 0; i < keys; ++i) {
    const std::string key = std::to_string(100'000 + i);
    all.changes.put(key, "all");
    expected.push_back("1: " + key + "=all");
    if (i % 2 == 0) {
      even.changes.put(key, "even");
      expected.push_back("2: " + key + "=even");
    }
  }
  publish(1, update(1, 0, {std::move(all), table("s", "a=1")}));
  publish(2, update(1, 0, {std::move(even), table("tt", "a=1")}));
  EXPECT_EQ(scan("t"), expected);
  EXPECT_EQ(scan("t", "100001").size(), expected.size() - 2);
}

TEST_P(ViewStoreContract, SeveralCursorsAndFindsTakeTurns) {
  publish(0, update(1, 0, {table("t", "a=1 b=2 c=3"), table("u", "b=4")}));
  read([](SnapshotReader& reader) {
    const auto first = reader.cursor("t", std::string(kEnd));
    const auto second = reader.cursor("t", std::string(kEnd));
    first->seek("a");
    second->seek("b");
    EXPECT_EQ(reader.find("u", "b").value(), "4");
    first->next();
    EXPECT_EQ(first->key(), second->key());
    second->next();
    EXPECT_EQ(first->value(), "2");
    EXPECT_EQ(second->value(), "3");
  });
}

TEST_P(ViewStoreContract, FindsAPairOfAPartitionOrOfTheFirstThatHasIt) {
  publish(1, update(1, 0, {table("t", "a=of b=")}));
  publish(2, update(1, 0, {table("t", "a=of-2 c=3")}));
  read([](SnapshotReader& reader) {
    EXPECT_EQ(reader.find("t", "a").value(), "of");
    EXPECT_EQ(reader.find("t", "b").value(), "");
    EXPECT_EQ(reader.find("t", "c").value(), "3");
    EXPECT_EQ(reader.find("t", "d").value(), std::nullopt);
    EXPECT_EQ(reader.find("none", "a").value(), std::nullopt);
    EXPECT_EQ(reader.find_in(1, "t", "a").value(), "of");
    EXPECT_EQ(reader.find_in(2, "t", "a").value(), "of-2");
    EXPECT_EQ(reader.find_in(0, "t", "a").value(), std::nullopt);
    EXPECT_EQ(reader.find_in(1, "t", "c").value(), std::nullopt);
    EXPECT_EQ(reader.find_in(9, "t", "a").value(), std::nullopt);
  });
}

TEST_P(ViewStoreContract, KeysAndValuesAreAnyBytes) {
  std::string all_bytes;
  for (int byte = 0; byte < 256; ++byte) {
    all_bytes += static_cast<char>(byte);
  }
  const std::vector<std::string> keys{"",
                                      std::string(1, '\0'),
                                      std::string("\0\xFF", 2),
                                      "\x01",
                                      "\\x41",
                                      "A",
                                      "a",
                                      "\x7F",
                                      "\x80",
                                      "\xFF",
                                      "\xFF\xFF",
                                      all_bytes};
  StateWrite::Table put{.name = "Table_1.x-y"};
  auto sorted = keys;
  std::ranges::sort(sorted);  // As bytes: chars of texts are compared as unsigned ones.
  for (const std::string& key : sorted) {
    put.changes.put(key, all_bytes + key);
  }
  publish(0, update(1, 0, {std::move(put)}));
  read([&](SnapshotReader& reader) {
    const auto at = reader.cursor("Table_1.x-y", std::string(kEnd));
    at->seek("");
    for (const std::string& key : sorted) {
      ASSERT_TRUE(at->valid());
      EXPECT_EQ(at->key(), key);
      EXPECT_EQ(at->value(), all_bytes + key);
      at->next();
      EXPECT_EQ(reader.find("Table_1.x-y", key).value(), all_bytes + key);
    }
    EXPECT_FALSE(at->valid());
  });
  StateWrite::Table erased{.name = "Table_1.x-y"};
  erased.changes.erase("");
  erased.changes.erase(all_bytes);
  erased.erased = {{.from = std::string(1, '\0'), .to = "A"}, {.from = "\x80", .to = "\xFF\xFF"}};
  publish(0, update(2, 1, {std::move(erased)}));
  read([&](SnapshotReader& reader) {
    std::vector<std::string> left;
    const auto at = reader.cursor("Table_1.x-y", std::string(kEnd));
    for (at->seek(""); at->valid(); at->next()) {
      left.emplace_back(at->key());
    }
    EXPECT_EQ(left, (std::vector<std::string>{"A", "\\x41", "a", "\x7F", "\xFF\xFF"}));
  });
}

TEST_P(ViewStoreContract, KeysMayBeLongAndDifferAtTheirEnds) {
  SeededRandom random(1);
  std::string bytes(3'000, '\0');  // Nothing can make them shorter.
  for (char& byte : bytes) {
    byte = static_cast<char>(random.next());
  }
  std::vector<std::string> keys;
  for (const std::size_t length : {1'023U, 1'024U, 1'025U, 2'000U, 3'000U}) {
    for (const std::string_view end : {"", "a", "b"}) {
      keys.push_back(bytes.substr(0, length) + std::string(end));
    }
  }
  std::ranges::sort(keys);
  const auto all = [&](std::string_view value) {
    StateWrite::Table put{.name = "t"};
    for (const std::string& key : keys) {
      put.changes.put(key, value);
    }
    return put;
  };
  const auto scanned = [&](std::string_view from, std::string_view to) {
    std::vector<std::string> found;
    read([&](SnapshotReader& reader) {
      const auto at = reader.cursor("t", std::string(to));
      for (at->seek(from); at->valid(); at->next()) {
        found.push_back(std::string(at->key()) + " " + std::to_string(at->part()));
        EXPECT_EQ(reader.find_in(at->part(), "t", at->key()).value(), at->value());
      }
    });
    return found;
  };
  const auto expected = [&](std::size_t from, std::size_t to) {
    std::vector<std::string> places;
    for (std::size_t i = from; i < to; ++i) {
      places.push_back(keys[i] + " 0");
      places.push_back(keys[i] + " 1");
    }
    return places;
  };
  publish(0, update(1, 0, {all("first")}));
  publish(1, update(1, 0, {all("first")}));
  publish(0, update(2, 1, {all("second")}));
  const std::string behind(4, '\xFF');
  EXPECT_TRUE(scanned("", behind) == expected(0, keys.size()));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_TRUE(scanned(keys[i], behind) == expected(i, keys.size())) << i;
    EXPECT_TRUE(scanned("", keys[i]) == expected(0, i)) << i;
  }
  StateWrite::Table erased{.name = "t"};
  erased.erased = {{.from = keys[3], .to = keys[9]}};
  erased.changes.erase(keys[0]);
  erased.changes.erase(keys[12]);
  publish(0, update(3, 2, {erased}));
  publish(1, update(3, 1, {std::move(erased)}));
  std::vector<std::string> left = expected(1, 3);
  for (const auto& [from, to] : {std::pair(9, 12), std::pair(13, 15)}) {
    std::ranges::copy(expected(from, to), std::back_inserter(left));
  }
  EXPECT_TRUE(scanned("", behind) == left);
}

TEST_P(ViewStoreContract, ManifestsAreAnyBytes) {
  PartitionUpdate any = update(1, 0, {});
  any.change.manifest = std::string("\0\xFF\\x'\"", 6);
  publish(0, std::move(any));
  EXPECT_EQ(reader().published().value().at(0).manifest, std::string("\0\xFF\\x'\"", 6));
}

TEST_P(ViewStoreContract, VersionsHaveNearlySixtyFourBits) {
  constexpr std::uint64_t kLarge = (std::uint64_t{1} << 62U) + 1;
  publish(0, update(kLarge, 0, {}));
  EXPECT_EQ(version(0), kLarge);
  EXPECT_EQ(reader().published().value().at(0).version, kLarge);
}

TEST_P(ViewStoreContract, TakesLargeUpdatesAndLargeValues) {
  constexpr std::size_t kRows = 30'000;
  StateWrite::Table rows{.name = "t"};
  for (std::size_t i = 0; i < kRows; ++i) {
    rows.changes.put(std::to_string(100'000 + i), std::string(i % 100, 'v'));
  }
  StateWrite::Table large{.name = "u"};
  large.changes.put("large", std::string(std::size_t{3} << 20U, 'x'));
  publish(0, update(1, 0, {std::move(rows), std::move(large)}));
  StateWrite::Table third{.name = "t"};
  for (std::size_t i = 0; i < kRows; i += 3) {
    third.changes.erase(std::to_string(100'000 + i));
  }
  publish(0, update(2, 1, {std::move(third)}));
  EXPECT_EQ(scan("t").size(), kRows - kRows / 3);
  read([](SnapshotReader& reader) {
    EXPECT_EQ(reader.find("u", "large").value()->size(), std::size_t{3} << 20U);
    EXPECT_EQ(reader.find("t", "100150").value(), std::nullopt);
    EXPECT_EQ(reader.find("t", "100151").value(), std::string(51, 'v'));
  });
}

TEST_P(ViewStoreContract, AReadIsOfOneMoment) {
  publish(0, update(1, 0, {table("t", "a=1 b=1"), table("u", "a=1")}));
  publish(1, update(1, 0, {table("t", "b=1")}));
  read([&](SnapshotReader& reader) {
    const auto at = reader.cursor("t", std::string(kEnd));
    at->seek("a");
    publish(0, update(2, 1, {table("t", "a=2 b=2 c=2"), table("u", "a=2")}));
    publish(1, update(2, 0, {}));
    EXPECT_EQ(scan(reader, "t"), (Rows{"0: a=1", "0: b=1", "1: b=1"}));
    EXPECT_EQ(reader.find("u", "a").value(), "1");
  });
  EXPECT_EQ(scan("t"), (Rows{"0: a=2", "0: b=2", "0: c=2"}));
}

TEST_P(ViewStoreContract, AReadKnowsAtWhichVersionsItsTablesAre) {
  publish(1, update(3, 0, {table("t", "a=1")}));
  read([&](PartitionsReader& reader) {
    EXPECT_EQ(reader.find_in(1, "t", "a").value(), "1");
    publish(1, update(4, 3, {table("t", "a=2")}));
    publish(0, update(7, 0, {table("t", "a=0")}));
    EXPECT_EQ(reader.versions().value(), (std::vector<std::uint64_t>{0, 3}));
    EXPECT_EQ(reader.manifest(PartitionId(1)).value(), "manifest 3");
    EXPECT_EQ(reader.manifest(PartitionId(0)).value(), "");
    EXPECT_EQ(reader.manifest(PartitionId(5)).value(), "");
    EXPECT_EQ(reader.find("t", "a").value(), "1");
  });
  read([&](PartitionsReader& reader) {
    EXPECT_EQ(reader.versions().value(), (std::vector<std::uint64_t>{7, 4}));
    EXPECT_EQ(reader.manifest(PartitionId(0)).value(), "manifest 7");
  });
}

TEST_P(ViewStoreContract, ASnapshotStandsWhereItWasSaidToStandOrLater) {
  publish(0, update(1, 0, {table("t", "a=1")}));
  ASSERT_EQ(reader().published().value().at(0).version, 1U);
  const auto snapshot = reader().snapshot();
  publish(0, update(2, 1, {table("t", "a=2")}));
  EXPECT_TRUE(snapshot->is_open());
  std::string value;
  ASSERT_TRUE(snapshot->read([&](SnapshotReader& at) -> Result<void> {
    value = at.find("t", "a").value().value();
    return {};
  }));
  EXPECT_THAT(value, testing::AnyOf("1", "2"));
}

TEST_P(ViewStoreContract, AReadGivesTheErrorOfWhoReads) {
  const Result<void> done = reader().snapshot()->read([](SnapshotReader&) -> Result<void> {
    return Error{ErrorKind::kCorrupt, "no cell"};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "no cell");
  EXPECT_EQ(scan("t"), Rows{});
}

TEST_P(ViewStoreContract, ManyReadAtOnce) {
  publish(0, update(1, 0, {table("t", "a=1 b=1")}));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([this] {
      for (int round = 0; round < 10; ++round) {
        EXPECT_EQ(scan("t").size(), 2U);
        EXPECT_EQ(published().size(), 1U);
      }
    });
  }
  for (std::uint64_t version = 2; version < 12; ++version) {
    publish(0, update(version, version - 1, {table("t", "a=1 b=2")}));
  }
}

TEST_P(ViewStoreContract, CallsBackOnceOnTheOwnersThreadAndNotInTheCall) {
  const auto owner = std::this_thread::get_id();
  bool is_in_a_call = true;
  std::size_t called = 0;
  const auto answered = [&](const auto&) {
    EXPECT_FALSE(is_in_a_call);
    EXPECT_EQ(std::this_thread::get_id(), owner);
    ++called;
  };
  store().publish(PartitionId(0), update(2, 0, {table("t", "a=1")}), answered);
  store().publish(PartitionId(0), update(1, 0, {table("t", "a=1")}), answered);
  store().publish(PartitionId(0), update(9, 8, {table("t", "a=1")}), answered);
  store().version(PartitionId(0), answered);
  EXPECT_EQ(called, 0U);
  is_in_a_call = false;
  EXPECT_TRUE(run_until([&] { return called == 4; }));
  made_->run_callbacks();
  EXPECT_EQ(called, 4U);
}

TEST_P(ViewStoreContract, ACallbackMayCallAgain) {
  Answer<std::uint64_t> answer;
  store().publish(PartitionId(0), update(2, 0, {}), [&](const Result<void>&) {
    store().version(PartitionId(0),
                    [&](Result<std::uint64_t> found) { answer = std::move(found); });
  });
  EXPECT_EQ(wait_for(answer).value(), 2U);
}

}  // namespace hapax
