// SPDX-License-Identifier: Apache-2.0
#include "stream/freezer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hapax {
namespace {

/// Its image is the name and the text. The text is so long that two threads cannot share it unseen.
struct Content {
  std::string text;
  bool is_frozen = false;  ///< An image was made of it.
};

struct Cell : Freezable<Content> {
  explicit Cell(std::string of, std::function<void()> meanwhile = {})
      : Freezable(Content{}), name(std::move(of)), while_frozen(std::move(meanwhile)) {}

  std::size_t freeze(Content& content, std::vector<std::pair<std::string, std::string>>& to) const {
    if (while_frozen) {
      while_frozen();
    }
    to.emplace_back(name, content.text);
    content.is_frozen = true;
    return content.text.size();
  }

  std::string name;
  std::function<void()> while_frozen;
};

using Image = std::pair<std::string, std::string>;
using Images = std::map<std::string, std::string>;

class FreezerTest : public testing::Test {
 protected:
  FreezerTest() {
    freezer_.add(a_);
    freezer_.add(b_);
  }

  void write(Cell& cell, const std::string& text) {
    freezer_.open(cell).text = text;
    freezer_.note_change(cell);
  }
  std::string text(const Cell& cell) const {
    return freezer_.read(cell, [](const Content& content) { return content.text; });
  }
  static Images images(FrozenImages<Image>& frozen) {
    Images images;
    const auto all = frozen.all();
    for (const auto& [name, text] : all.value()) {
      EXPECT_TRUE(images.emplace(name, text).second) << name << " is there twice";
    }
    return images;
  }
  std::vector<std::string> unsaved() const {
    std::vector<std::string> names;
    freezer_.visit_unsaved([&](const Cell& cell) { names.push_back(cell.name); });
    std::ranges::sort(names);
    return names;
  }

  Freezer<Cell, Content, Image> freezer_;
  Cell a_{"a"};
  Cell b_{"b"};
};

TEST_F(FreezerTest, ImagesAreAsOfTheFreezeWhateverChangesBeforeTheyAreMade) {
  write(a_, "1");
  write(b_, "1");
  const auto frozen = freezer_.freeze();
  write(a_, "2");
  EXPECT_EQ(images(*frozen), (Images{{"a", "1"}, {"b", "1"}}));
  write(b_, "2");
  EXPECT_EQ(images(*frozen), (Images{{"a", "1"}, {"b", "1"}})) << "it may be asked for again";
  EXPECT_EQ(freezer_.commit(), 2U);
  EXPECT_EQ(images(*freezer_.freeze()), (Images{{"a", "2"}, {"b", "2"}}));
}

TEST_F(FreezerTest, OnlyWhatChangedIsFrozen) {
  write(a_, "1");
  images(*freezer_.freeze());
  freezer_.commit();
  EXPECT_FALSE(freezer_.has_changes());
  write(b_, "1");
  EXPECT_EQ(images(*freezer_.freeze()), (Images{{"b", "1"}}));
}

TEST_F(FreezerTest, WhatIsOnItsWayIsNotSaved) {
  EXPECT_TRUE(freezer_.is_saved(a_));
  write(a_, "1");
  EXPECT_FALSE(freezer_.is_saved(a_));
  const auto frozen = freezer_.freeze();
  write(b_, "1");
  EXPECT_FALSE(freezer_.is_saved(a_));
  EXPECT_EQ(unsaved(), (std::vector<std::string>{"a", "b"}));
  images(*frozen);
  EXPECT_FALSE(freezer_.is_saved(a_));
  freezer_.commit();
  EXPECT_TRUE(freezer_.is_saved(a_));
  EXPECT_EQ(unsaved(), std::vector<std::string>{"b"});
}

TEST_F(FreezerTest, ReadingLeavesTheImageToTheWriter) {
  write(a_, "1");
  const auto frozen = freezer_.freeze();
  EXPECT_EQ(text(a_), "1");
  EXPECT_FALSE(freezer_.read(a_, [](const Content& content) { return content.is_frozen; }));
  EXPECT_EQ(images(*frozen), (Images{{"a", "1"}}));
  EXPECT_TRUE(freezer_.read(a_, [](const Content& content) { return content.is_frozen; }));
}

TEST_F(FreezerTest, WhatIsSavedIsForgottenInTheOrderOfItsChanges) {
  std::map<std::string, std::unique_ptr<Cell>> cells;
  const auto add = [&](const char* name) {
    freezer_.add(*cells.emplace(name, std::make_unique<Cell>(name)).first->second);
  };
  const auto forget = [&](std::size_t count_max, const std::string& kept = "") {
    std::string forgotten;
    const std::size_t count = freezer_.forget_old(
        count_max, [&](const Cell& cell) { return cell.name != kept; },
        [&](Cell& cell) {
          forgotten += cell.name;
          cells.erase(cell.name);
        });
    EXPECT_EQ(count, forgotten.size());
    return forgotten;
  };
  const auto checkpoint = [&] {
    images(*freezer_.freeze());
    freezer_.commit();
  };
  freezer_.leave(a_);
  freezer_.leave(b_);
  for (const char* const name : {"1", "2", "3", "4", "5"}) {
    add(name);
  }
  write(*cells["3"], "x");
  checkpoint();
  write(*cells["1"], "x");
  EXPECT_EQ(freezer_.freezes_since(*cells["3"]), 0U);
  EXPECT_EQ(forget(1), "2");
  EXPECT_EQ(forget(9, "5"), "4");
  EXPECT_EQ(forget(9), "53") << "1 is not saved";
  checkpoint();
  add("6");
  checkpoint();
  EXPECT_EQ(freezer_.freezes_since(*cells["1"]), 1U);
  EXPECT_EQ(forget(2), "16");
  EXPECT_EQ(forget(2), "");
}

TEST_F(FreezerTest, CellsThatAreDroppedLiveUntilTheyAreWritten) {
  using Owner = std::pair<std::unique_ptr<Cell>, std::shared_ptr<int>>;
  const auto bury = [&](Owner owner) {
    freezer_.forget_changes([&](const Cell& one) { return &one == owner.first.get(); });
    freezer_.leave(*owner.first);
    freezer_.bury(std::move(owner));
  };
  Owner old(std::make_unique<Cell>("old"), std::make_shared<int>());
  Owner young(std::make_unique<Cell>("young"), std::make_shared<int>());
  freezer_.add(*old.first);
  freezer_.add(*young.first);
  const std::weak_ptr<int> lives = old.second;
  write(*old.first, "1");
  auto frozen = freezer_.freeze();
  write(*young.first, "1");
  bury(std::move(old));
  bury(std::move(young));
  ASSERT_FALSE(lives.expired());
  EXPECT_EQ(unsaved(), std::vector<std::string>{"old"});
  EXPECT_EQ(images(*frozen), (Images{{"old", "1"}}));
  freezer_.commit();
  frozen.reset();
  EXPECT_TRUE(lives.expired());
  EXPECT_TRUE(images(*freezer_.freeze()).empty());
}

TEST_F(FreezerTest, AnExceptionLosesAllImages) {
  Cell broken("broken", [] { throw std::runtime_error("boom"); });
  freezer_.add(broken);
  write(a_, "1");
  write(broken, "1");
  const auto frozen = freezer_.freeze();
  EXPECT_THROW((void)frozen->all(), std::runtime_error);
  EXPECT_TRUE(frozen->is_lost());
  EXPECT_EQ(frozen->all().error().kind, ErrorKind::kInternal);
  EXPECT_EQ(text(broken), "1") << "who comes to it does not wait for ever";
}

TEST_F(FreezerTest, AnExceptionOfTheOwnerLosesAllImages) {
  Cell broken("broken", [] { throw std::runtime_error("boom"); });
  freezer_.add(broken);
  write(broken, "1");
  const auto frozen = freezer_.freeze();
  EXPECT_THROW(freezer_.open(broken), std::runtime_error);
  EXPECT_TRUE(frozen->is_lost());
  EXPECT_EQ(frozen->all().error().kind, ErrorKind::kInternal);
}

/// The writer is at a cell until the owner is about to come to it.
class FreezerAtOneCellTest : public FreezerTest {
 protected:
  FreezerAtOneCellTest() {
    freezer_.add(cell_);
    write(cell_, "1");
    write(a_, "1");
    frozen_ = freezer_.freeze();
    writer_ = std::thread([this] { EXPECT_TRUE(frozen_->all()); });
    while (!is_there_) {
      std::this_thread::yield();
    }
    write(a_, "2");  // Nobody is at that one.
    is_awaited_ = true;
  }
  ~FreezerAtOneCellTest() override {
    writer_.join();
    EXPECT_EQ(images(*frozen_), (Images{{"a", "1"}, {"cell", "1"}}));
  }

  std::atomic<bool> is_there_ = false;
  std::atomic<bool> is_awaited_ = false;
  Cell cell_{"cell", [this] {
               is_there_ = true;
               while (!is_awaited_) {
                 std::this_thread::yield();
               }
               for (int i = 0; i < 100; ++i) {  // So that whoever does not wait is seen.
                 std::this_thread::yield();
               }
             }};
  std::shared_ptr<FrozenImages<Image>> frozen_;
  std::thread writer_;
};

TEST_F(FreezerAtOneCellTest, WhoOpensItWaits) {
  EXPECT_TRUE(freezer_.open(cell_).is_frozen);
}

TEST_F(FreezerAtOneCellTest, WhoReadsItWaits) {
  EXPECT_TRUE(freezer_.read(cell_, [](const Content& content) { return content.is_frozen; }));
}

/// What the thread sanitizer watches: no value is with two threads.
TEST_F(FreezerTest, WhateverTheOwnerDoesMeanwhileTheWriterGetsWhatWasThere) {
  std::mt19937 random(7);
  std::list<Cell> cells;
  for (int i = 0; i < 50; ++i) {
    freezer_.add(cells.emplace_back("cell" + std::to_string(i)));
  }
  const auto touch_some = [&](int round) {
    for (Cell& cell : cells) {
      if (random() % 3 == 0) {
        write(cell, text(cell) + std::string(20, static_cast<char>('a' + round % 26)));
      } else if (random() % 3 == 0) {
        EXPECT_EQ(text(cell).size() % 20, 0U);
      }
    }
  };
  Images stored;
  for (int round = 0; round < 200; ++round) {
    touch_some(round);
    Images now;
    for (const Cell& cell : cells) {
      if (!text(cell).empty()) {
        now[cell.name] = text(cell);
      }
    }
    const auto frozen = freezer_.freeze();
    std::thread writer([&] {
      for (auto& [name, text] : images(*frozen)) {
        stored[name] = text;
      }
      frozen->let_go();
    });
    touch_some(round);
    writer.join();
    freezer_.commit();
    ASSERT_EQ(stored, now) << round;
  }
}

}  // namespace
}  // namespace hapax
