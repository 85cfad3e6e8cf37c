// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/state_store.hpp"

namespace hapax {

/// What every StateStore does. A test program instantiates it with a way to open one; opening again
/// stands for a restart.
struct StateStoreUnderTest {
  virtual ~StateStoreUnderTest() = default;
  /// Closes what is open, if anything, and opens it again.
  virtual void reopen() = 0;
  /// The same, and what is removed in between is the state, but not its base.
  virtual void lose_state() = 0;
  /// The state of one owner; valid until reopen().
  virtual StateStore& of(const std::string& owner) = 0;
};

class StateStoreContract
    : public testing::TestWithParam<std::unique_ptr<StateStoreUnderTest> (*)()> {
 protected:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  StateStoreContract() { opened_->reopen(); }

  /// `text`: "a=1 b=2 c": puts a and b, erases c.
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
  static StateWrite::Table dropped(StateWrite::Table table) {
    table.dropped = true;
    return table;
  }

  void write(std::string manifest, std::vector<StateWrite::Table> tables,
             const std::string& owner = "one") {
    const Result<void> written =
        opened_->of(owner).write({.manifest = std::move(manifest), .tables = std::move(tables)});
    ASSERT_TRUE(written) << written.error().text();
  }
  Pairs scan(std::string_view table, std::string_view from = "", std::string_view to = "\xFF",
             const std::string& owner = "one") {
    Pairs pairs;
    EXPECT_TRUE(opened_->of(owner).scan(table, from, to, [&](auto key, auto value) {
      pairs.emplace_back(key, value);
      return true;
    }));
    return pairs;
  }
  static Pairs scan(const StateSnapshot& snapshot, std::string_view table, std::string_view from,
                    const std::string& to) {
    Pairs pairs;
    EXPECT_TRUE(snapshot.read([&](SnapshotReader& reader) -> Result<void> {
      const auto at = reader.cursor(table, to);
      for (at->seek(from); at->valid(); at->next()) {
        pairs.emplace_back(at->key(), at->value());
      }
      return at->status();
    }));
    return pairs;
  }
  std::optional<std::string> find(std::string_view table, std::string_view key) {
    return opened_->of("one").find(table, key).value();
  }
  void keep_base() {
    const Result<void> kept = opened_->of("one").keep_base();
    ASSERT_TRUE(kept) << kept.error().text();
  }
  std::optional<std::string> base_manifest() { return opened_->of("one").base_manifest().value(); }
  std::optional<std::string> manifest(const std::string& owner = "one") {
    return opened_->of(owner).manifest().value();
  }
  /// What `check` expects holds now and after a restart.
  template <typename Check>
  void now_and_later(const Check& check) {
    check();
    opened_->reopen();
    check();
  }

  std::unique_ptr<StateStoreUnderTest> opened_ = GetParam()();
};

TEST_P(StateStoreContract, IsEmptyAtFirst) {
  now_and_later([&] {
    EXPECT_EQ(manifest(), std::nullopt);
    EXPECT_EQ(find("t", "a"), std::nullopt);
    EXPECT_EQ(scan("t"), Pairs{});
  });
}

TEST_P(StateStoreContract, FindsWhatWasWritten) {
  write("first", {table("t", "a=1 b=2"), table("u.7", "a=3")});
  now_and_later([&] {
    EXPECT_EQ(manifest(), "first");
    EXPECT_EQ(find("t", "a"), "1");
    EXPECT_EQ(find("u.7", "a"), "3");
    EXPECT_EQ(find("t", "c"), std::nullopt);
  });
}

TEST_P(StateStoreContract, LaterChangesReplaceEraseAndAddUp) {
  write("first", {table("t", "a=1 b=2 c=3"), table("u", "x=1")});
  write("second", {table("t", "a b=22 d=4 e")});
  now_and_later([&] {
    EXPECT_EQ(manifest(), "second");
    EXPECT_EQ(scan("t"), (Pairs{{"b", "22"}, {"c", "3"}, {"d", "4"}}));
    EXPECT_EQ(scan("u"), (Pairs{{"x", "1"}}));
  });
}

TEST_P(StateStoreContract, WithoutTablesOnlyTheManifestChanges) {
  write("first", {table("t", "a=1")});
  write("second", {});
  now_and_later([&] {
    EXPECT_EQ(manifest(), "second");
    EXPECT_EQ(scan("t"), (Pairs{{"a", "1"}}));
  });
}

TEST_P(StateStoreContract, TheSameMayBeWrittenAgain) {
  StateWrite::Table replaced = dropped(table("u", "y=1"));
  write("first", {table("t", "a=1 b=2"), table("u", "x=1")});
  for (int i = 0; i < 2; ++i) {
    write("second", {table("t", "a b=3"), replaced});
  }
  now_and_later([&] {
    EXPECT_EQ(scan("t"), (Pairs{{"b", "3"}}));
    EXPECT_EQ(scan("u"), (Pairs{{"y", "1"}}));
  });
}

TEST_P(StateStoreContract, ScansAHalfOpenRangeInOrderUntilToldToStop) {
  write("first", {table("t", "a=1 b=2 c=3 d=4")});
  EXPECT_EQ(scan("t", "b", "d"), (Pairs{{"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(scan("t", "d", "b"), Pairs{});
  int visited = 0;
  ASSERT_TRUE(opened_->of("one").scan("t", "a", "z", [&](auto, auto) { return ++visited < 2; }));
  EXPECT_EQ(visited, 2);
}

TEST_P(StateStoreContract, ARangeIsErasedBeforeTheChangesOfItsWrite) {
  write("first", {table("t", "a=1 b=2 c=3 d=4")});
  StateWrite::Table erased = table("t", "c=33");
  erased.erased = {{"b", "d"}};
  write("second", {erased});
  now_and_later([&] { EXPECT_EQ(scan("t"), (Pairs{{"a", "1"}, {"c", "33"}, {"d", "4"}})); });
}

TEST_P(StateStoreContract, ADroppedTableIsEmptyAndMayBeFilledAgain) {
  write("first", {table("t", "a=1 b=2"), table("u", "a=1")});
  write("second", {dropped(table("t", "")), dropped(table("never", ""))});
  now_and_later([&] {
    EXPECT_EQ(scan("t"), Pairs{});
    EXPECT_EQ(scan("u"), (Pairs{{"a", "1"}}));
  });
  write("third", {table("t", "b=5")});
  now_and_later([&] { EXPECT_EQ(scan("t"), (Pairs{{"b", "5"}})); });
}

TEST_P(StateStoreContract, ATableDroppedAndFilledByOneWriteHoldsWhatThatPut) {
  write("first", {table("t", "a=1 b=2")});
  write("second", {dropped(table("t", "b=3 c=4"))});
  now_and_later([&] { EXPECT_EQ(scan("t"), (Pairs{{"b", "3"}, {"c", "4"}})); });
}

TEST_P(StateStoreContract, KeysAndValuesAreAnyBytesAndMayBeEmpty) {
  const std::string bytes("\0\xFF\0", 3);
  StateWrite::Table any{.name = "t"};
  any.changes.put("", bytes);
  any.changes.put(bytes, "");
  write(bytes, {any});
  now_and_later([&] {
    EXPECT_EQ(manifest(), bytes);
    EXPECT_EQ(find("t", ""), bytes);
    EXPECT_EQ(find("t", bytes), "");
  });
}

TEST_P(StateStoreContract, OwnersDoNotSeeEachOther) {
  write("first of one", {table("t", "a=1")}, "one");
  write("first of two", {table("t", "a=2"), table("u", "b=2")}, "two");
  write("second of one", {dropped(table("t", "")), dropped(table("u", ""))}, "one");
  now_and_later([&] {
    EXPECT_EQ(manifest("one"), "second of one");
    EXPECT_EQ(manifest("two"), "first of two");
    EXPECT_EQ(scan("t"), Pairs{});
    EXPECT_EQ(scan("t", "", "\xFF", "two"), (Pairs{{"a", "2"}}));
    EXPECT_EQ(scan("u", "", "\xFF", "two"), (Pairs{{"b", "2"}}));
    EXPECT_EQ(manifest("on"), std::nullopt);
  });
}

TEST_P(StateStoreContract, AStateThatIsLostIsItsBaseAgain) {
  write("first", {table("t", "a=1 b=2"), table("u", "x=1")});
  now_and_later([&] { EXPECT_EQ(base_manifest(), std::nullopt); });
  keep_base();
  now_and_later([&] {
    EXPECT_EQ(base_manifest(), "first");
    EXPECT_EQ(manifest(), "first");
  });
  write("second", {table("t", "a b=3"), dropped(table("u", "")), table("v", "y=1")});
  now_and_later([&] {
    EXPECT_EQ(manifest(), "second") << "a state that is there is not touched";
    EXPECT_EQ(base_manifest(), "first");
  });
  opened_->lose_state();
  now_and_later([&] {
    EXPECT_EQ(manifest(), "first");
    EXPECT_EQ(scan("t"), (Pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(scan("u"), (Pairs{{"x", "1"}}));
    EXPECT_EQ(scan("v"), Pairs{});
  });
}

TEST_P(StateStoreContract, ABaseTakesThePlaceOfTheFormerOne) {
  write("first", {table("t", "a=1"), table("u", "x=1")});
  keep_base();
  write("second", {table("t", "b=2"), dropped(table("u", ""))});
  keep_base();
  write("third", {table("t", "c=3")});
  for (int lost = 0; lost < 2; ++lost) {  // It outlasts being used.
    opened_->lose_state();
    EXPECT_EQ(base_manifest(), "second");
    EXPECT_EQ(manifest(), "second");
    EXPECT_EQ(scan("t"), (Pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(scan("u"), Pairs{});
    write("third", {table("t", "c=3")});
  }
}

TEST_P(StateStoreContract, WithoutABaseALostStateIsEmpty) {
  write("first", {table("t", "a=1")});
  opened_->lose_state();
  EXPECT_EQ(manifest(), std::nullopt);
  EXPECT_EQ(scan("t"), Pairs{});
}

TEST_P(StateStoreContract, ASnapshotStaysAsItIsWhateverIsWritten) {
  write("first", {table("t", "a=1 b=2 c=3"), table("u", "x=1")});
  write("of two", {table("t", "a=9")}, "two");
  const auto snapshot = opened_->of("one").snapshot().value();
  write("second", {table("t", "a=11 b d=4"), dropped(table("u", "")), table("v", "y=1")});
  EXPECT_EQ(scan(*snapshot, "t", "", "\xFF"), (Pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(scan(*snapshot, "t", "b", "c"), (Pairs{{"b", "2"}}));
  EXPECT_EQ(scan(*snapshot, "u", "", "\xFF"), (Pairs{{"x", "1"}}));
  EXPECT_EQ(scan(*snapshot, "v", "", "\xFF"), Pairs{});
  EXPECT_TRUE(snapshot->read([](SnapshotReader& reader) -> Result<void> {
    EXPECT_EQ(reader.find("t", "b").value(), "2");
    EXPECT_EQ(reader.find("t", "d").value(), std::nullopt);
    EXPECT_EQ(reader.find("v", "y").value(), std::nullopt);
    return {};
  }));
  const auto later = opened_->of("one").snapshot().value();
  EXPECT_EQ(scan(*later, "t", "", "\xFF"), (Pairs{{"a", "11"}, {"c", "3"}, {"d", "4"}}));
}

TEST_P(StateStoreContract, WhatTheReadOfASnapshotReturnsIsReturned) {
  const auto snapshot = opened_->of("one").snapshot().value();
  const auto read = snapshot->read([](SnapshotReader&) -> Result<void> {
    return Error{ErrorKind::kCorrupt, "said so", ""};
  });
  EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
}

TEST_P(StateStoreContract, AResetGoesBackToTheBaseAndToNothingWithoutOne) {
  write("first", {table("t", "a=1")});
  ASSERT_TRUE(opened_->of("one").reset());
  now_and_later([&] { EXPECT_EQ(manifest(), std::nullopt); });
  for (int times = 0; times < 2; ++times) {
    write("first", {table("t", "a=1")});
    keep_base();
    write("second", {table("t", "a=2")});
    ASSERT_TRUE(opened_->of("one").reset());
    now_and_later([&] {
      EXPECT_EQ(manifest(), "first");
      EXPECT_EQ(scan("t"), (Pairs{{"a", "1"}}));
    });
  }
  EXPECT_EQ(base_manifest(), "first");
}

/// Rows of tables that have stems are written here as a stem and one digit, which stands for the
/// word behind it.
class StemsOfStateStore : public StateStoreContract {
 protected:
  static constexpr const char* kTable = "view.v.keys";

  static std::string row(std::string_view stem, char digit) {
    return std::string(stem).append(kBehindStemBytes, digit);
  }
  /// `text`: as of table(), by rows: "a1=x b2".
  static StateWrite::Table rows(std::string_view text, std::string name = kTable) {
    StateWrite::Table rows{.name = std::move(name)};
    table("", text).changes.for_each([&](std::string_view key, auto value) {
      const std::string at = row(key.substr(0, key.size() - 1), key.back());
      value ? rows.changes.put(at, *value) : rows.changes.erase(at);
      return true;
    });
    return rows;
  }
  /// "1=x 2=y ": what there is of `stem` from `digit` on.
  std::string of(std::string_view stem, char digit = '0', std::string_view name = kTable) {
    std::string all;
    EXPECT_TRUE(opened_->of("one").scan_stem(name, row(stem, digit), [&](auto key, auto value) {
      EXPECT_EQ(key, row(stem, key.back()));
      all.append(1, key.back()).append("=").append(value).append(" ");
      return true;
    }));
    return all;
  }
};

TEST_P(StemsOfStateStore, HaveTheirOwnRowsOnly) {
  write("first", {rows("a1=a1 a2=a2 a9=a9 b1=b1 b2=b2 d5=d5 ee5=ee5 ef5=ef5 eg5=eg5")});
  now_and_later([&] {
    EXPECT_EQ(of("a"), "1=a1 2=a2 9=a9 ");
    EXPECT_EQ(of("b"), "1=b1 2=b2 ");
    EXPECT_EQ(of("c"), "");
    EXPECT_EQ(of("d"), "5=d5 ");
    EXPECT_EQ(of("ee"), "5=ee5 ");
    EXPECT_EQ(of("ef"), "5=ef5 ");
    EXPECT_EQ(of("eh"), "");
    EXPECT_EQ(of("A"), "");
    EXPECT_EQ(of("z"), "");
  });
}

TEST_P(StemsOfStateStore, AreReadFromARowOnUntilToldToStop) {
  write("first", {rows("a5=a5 b1=1 b3=3 b5=5 c1=c1")});
  EXPECT_EQ(of("b", '1'), "1=1 3=3 5=5 ");
  EXPECT_EQ(of("b", '2'), "3=3 5=5 ");
  EXPECT_EQ(of("b", '5'), "5=5 ");
  EXPECT_EQ(of("b", '6'), "");
  int visited = 0;
  ASSERT_TRUE(opened_->of("one").scan_stem(kTable, row("b", '0'),
                                           [&](auto, auto) { return ++visited < 2; }));
  EXPECT_EQ(visited, 2);
}

TEST_P(StemsOfStateStore, BeginAndEndWithAnyBytes) {
  const std::string least("\x01\0", 2);
  const std::string greatest("\x01\xFF", 2);
  for (const std::string& stem : {least, greatest}) {
    StateWrite::Table ends{.name = kTable};
    ends.changes.put(row(stem, '\0'), "least");
    ends.changes.put(row(stem, '\xFF'), "greatest");
    write("one more", {ends});
  }
  now_and_later([&] {
    for (const std::string& stem : {least, greatest}) {
      std::vector<std::string> values;
      ASSERT_TRUE(opened_->of("one").scan_stem(kTable, row(stem, '\0'), [&](auto, auto value) {
        values.emplace_back(value);
        return true;
      }));
      EXPECT_EQ(values, (std::vector<std::string>{"least", "greatest"}));
      EXPECT_EQ(of(stem, '\xFF'), "\xFF=greatest ");
    }
  });
}

TEST_P(StemsOfStateStore, HaveRowsOfManyWrites) {
  for (int i = 0; i < 50; ++i) {  // Past every compaction trigger.
    const std::string digit = std::to_string(i % 5);
    write("next", {rows("a" + digit + "=" + std::to_string(i) + " b7=" + std::to_string(i) + " c" +
                        digit + " s" + std::to_string(100 + i) + "=s")});
  }
  write("last", {rows("a1 b7 c3=back")});
  now_and_later([&] {
    EXPECT_EQ(of("a"), "0=45 2=47 3=48 4=49 ");
    EXPECT_EQ(of("a", '3'), "3=48 4=49 ");
    EXPECT_EQ(of("b"), "");
    EXPECT_EQ(of("c"), "3=back ");
    EXPECT_EQ(of("s10"), "0=s 1=s 2=s 3=s 4=s 5=s 6=s 7=s 8=s 9=s ");
    EXPECT_EQ(of("s14", '5'), "5=s 6=s 7=s 8=s 9=s ");
    EXPECT_EQ(scan(kTable).size(), 55U) << "a scan finds the rows of all stems";
  });
}

TEST_P(StemsOfStateStore, GoWithARangeOfWhichTheyArePart) {
  write("first", {rows("a1=1 b1=1 b4=4 c1=1 d1=1 e1=1")});
  write("second", {rows("b2=2 b5=5")});
  StateWrite::Table erased = rows("c2=2");
  erased.erased = {{row("b", '3'), "d"}};
  write("third", {erased});
  write("fourth", {rows("e2=2 e3=3")});
  now_and_later([&] {
    EXPECT_EQ(of("a"), "1=1 ");
    EXPECT_EQ(of("b"), "1=1 2=2 ");
    EXPECT_EQ(of("c"), "2=2 ");
    EXPECT_EQ(of("d"), "1=1 ");
    EXPECT_EQ(of("e", '2'), "2=2 3=3 ");
  });
}

TEST_P(StemsOfStateStore, HideNothingFromOtherReads) {
  write("first", {rows("a1=1 b1=2 c1=3"), table("view.v.lives", "=0 a=1 ab=2 b=3")});
  write("second", {rows("a2=4 c2=5")});
  const Pairs all{{row("a", '1'), "1"},
                  {row("a", '2'), "4"},
                  {row("b", '1'), "2"},
                  {row("c", '1'), "3"},
                  {row("c", '2'), "5"}};
  now_and_later([&] {
    EXPECT_EQ(scan(kTable), all);
    EXPECT_EQ(scan(kTable, "x"), Pairs{});
    EXPECT_EQ(scan(kTable, "a12345678"), Pairs(all.begin() + 1, all.end()))
        << "from a key that is not there, whose stem is not there";
    EXPECT_EQ(scan(kTable, "a_______________"), Pairs(all.begin() + 2, all.end()));
    EXPECT_EQ(scan(*opened_->of("one").snapshot().value(), kTable, "a_______________", "\xFF"),
              Pairs(all.begin() + 2, all.end()));
    EXPECT_EQ(find(kTable, row("b", '1')), "2");
    EXPECT_EQ(scan("view.v.lives"), (Pairs{{"", "0"}, {"a", "1"}, {"ab", "2"}, {"b", "3"}}));
    EXPECT_EQ(find("view.v.lives", "ab"), "2") << "shorter than what is behind a stem";
  });
}

TEST_P(StemsOfStateStore, AreReadInTablesThatAreNotSetUpForIt) {
  write("first", {rows("a1=1 b1=2 b2=3 c1=4", "t")});
  now_and_later([&] {
    EXPECT_EQ(of("b", '0', "t"), "1=2 2=3 ");
    EXPECT_EQ(of("b", '2', "t"), "2=3 ");
    EXPECT_EQ(of("d", '0', "t"), "");
  });
  EXPECT_EQ(of("a", '0', "never.keys"), "");
}

}  // namespace hapax
