// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/change_pieces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hapax::postgres {
namespace {

using testing::ElementsAre;

class ChangePiecesTest : public testing::Test {
 protected:
  StateWrite::Table& add_table(const std::string& name) {
    StateWrite::Table& table = update_.change.tables.emplace_back();
    table.name = name;
    return table;
  }
  /// The first word of each statement but for inserts, of which it is said whether they may find
  /// something; and how many keys it has, if any.
  std::vector<std::string> pieces() {
    ChangePieces pieces(PartitionId(1), update_, texts_, settings_);
    std::vector<std::string> made;
    while (const auto piece = pieces.next()) {
      made.push_back(name_of(&piece->text()));
      if (piece->parameters().size() > 2 && made.back() != "range") {
        made.back() += " " + std::to_string(count_in(piece->parameters()[2]));
      }
    }
    return made;
  }

  PartitionUpdate update_{.version = 2, .since = 1, .change = {}};
  PostgresSettings settings_;

 private:
  std::string name_of(const std::string* text) const {
    return text == &texts_.delete_all     ? "all"
           : text == &texts_.delete_table ? "table"
           : text == &texts_.delete_range ? "range"
           : text == &texts_.delete_keys  ? "erase"
           : text == &texts_.insert       ? "insert"
           : text == &texts_.put          ? "put"
                                          : "?";
  }
  static std::uint32_t count_in(const std::string& array) {
    std::uint32_t count = 0;
    for (const char byte : array.substr(12, 4)) {
      count = count << 8U | static_cast<unsigned char>(byte);
    }
    return count;
  }

  const Texts texts_{"s"};
};

TEST_F(ChangePiecesTest, ComeInTheOrderOfTheWrite) {
  StateWrite::Table& first = add_table("t");
  first.changes.put("a", "1");
  first.changes.erase("b");
  first.changes.put("c", "2");
  first.erased = {{.from = "a", .to = "b"}, {.from = "x", .to = "y"}};
  StateWrite::Table& second = add_table("u");
  second.dropped = true;
  second.erased = {{.from = "a", .to = "b"}};
  second.changes.erase("a");
  second.changes.put("b", "1");
  EXPECT_THAT(pieces(), ElementsAre("range", "range", "put 2", "erase 1", "table", "put 1"));
}

TEST_F(ChangePiecesTest, OfAllInPlaceOfAllDeleteOnce) {
  update_.since = 0;
  StateWrite::Table& table = add_table("t");
  table.dropped = true;
  table.erased = {{.from = "a", .to = "b"}};
  table.changes.erase("a");
  table.changes.put("b", "1");
  EXPECT_THAT(pieces(), ElementsAre("all", "insert 1"));
}

TEST_F(ChangePiecesTest, HaveSoManyRowsAndBytesAtMost) {
  settings_.piece_rows = 3;
  StateWrite::Table& rows = add_table("t");
  for (const char* key : {"a", "b", "c", "d", "e", "f", "g"}) {
    rows.changes.put(key, "1");
  }
  EXPECT_THAT(pieces(), ElementsAre("put 3", "put 3", "put 1"));
  settings_.piece_bytes = 1'000;
  StateWrite::Table& bytes = add_table("u");
  bytes.changes.put("a", std::string(600, 'v'));
  bytes.changes.put("b", std::string(600, 'v'));
  bytes.changes.put("c", std::string(5'000, 'v'));
  bytes.changes.put("d", "v");
  EXPECT_THAT(pieces(), ElementsAre("put 3", "put 3", "put 1", "put 2", "put 1", "put 1"));
}

TEST_F(ChangePiecesTest, OfErasuresAloneComeAsWell) {
  settings_.piece_rows = 2;
  StateWrite::Table& table = add_table("t");
  for (const char* key : {"a", "b", "c"}) {
    table.changes.erase(key);
  }
  EXPECT_THAT(pieces(), ElementsAre("erase 2", "erase 1"));
}

TEST_F(ChangePiecesTest, OfNothingAreNone) {
  add_table("t");
  EXPECT_THAT(pieces(), ElementsAre());
}

}  // namespace
}  // namespace hapax::postgres
