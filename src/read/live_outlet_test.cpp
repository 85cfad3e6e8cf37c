// SPDX-License-Identifier: Apache-2.0
#include "read/live_outlet.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

HttpStream::Piece piece(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

class LiveOutletTest : public testing::Test {
 protected:
  LiveOutletTest() {
    outlet_.attach(stream_);
    stream_->on_drained([this] { asked_again_ = outlet_.on_drained(); });
  }

  /// Whether there is room for it; then it is added.
  bool offer(LiveOutlet::Lane& lane, const std::string& frame) {
    const bool taken = outlet_.takes(lane);
    if (taken) {
      outlet_.add(lane, piece(frame));
    }
    return taken;
  }

  std::shared_ptr<FakeStream> stream_ = std::make_shared<FakeStream>();
  LiveOutlet outlet_{15};
  LiveOutlet::Lane a_{.head = piece("event: a\n")};
  LiveOutlet::Lane b_{.head = piece("event: b\n")};
  bool asked_again_ = false;
};

TEST_F(LiveOutletTest, FramesOfARoundGoTogetherEachBehindItsHead) {
  EXPECT_TRUE(offer(a_, "1"));
  EXPECT_TRUE(offer(b_, "2"));
  EXPECT_TRUE(outlet_.has_round());
  outlet_.flush();
  EXPECT_FALSE(outlet_.has_round());
  EXPECT_EQ(stream_->waiting_max(), 1U) << "one write";
  std::string all;
  for (int i = 0; i < 4; ++i) {
    all += *stream_->next();
  }
  EXPECT_EQ(all, "event: a\n1event: b\n2");
}

TEST_F(LiveOutletTest, NothingMoreIsTakenUntilTheClientHasTheRound) {
  EXPECT_TRUE(offer(a_, "1"));
  outlet_.flush();
  EXPECT_FALSE(offer(b_, "2"));
  stream_->drain();
  EXPECT_TRUE(asked_again_);
  EXPECT_TRUE(offer(b_, "2"));
}

TEST_F(LiveOutletTest, WhoWasNotRefusedIsNotAskedAgain) {
  EXPECT_TRUE(offer(a_, "1"));
  outlet_.flush();
  stream_->drain();
  EXPECT_FALSE(asked_again_);
}

TEST_F(LiveOutletTest, ARoundHasItsBytesAndWhoIsLeftComesNext) {
  LiveOutlet::Lane c{.head = piece("event: c\n")};
  EXPECT_TRUE(offer(a_, std::string(10, 'a')));
  EXPECT_FALSE(offer(b_, "b"));
  EXPECT_FALSE(offer(c, "c"));
  outlet_.flush();
  stream_->drain();
  EXPECT_TRUE(asked_again_);
  EXPECT_FALSE(offer(a_, std::string(10, 'a'))) << "others wait for their turn";
  EXPECT_TRUE(offer(b_, std::string(10, 'b')));
  EXPECT_FALSE(offer(c, "c"));
  outlet_.flush();
  stream_->drain();
  EXPECT_TRUE(asked_again_);
  EXPECT_FALSE(offer(a_, "a"));
  EXPECT_TRUE(offer(c, "c"));
  EXPECT_TRUE(offer(a_, "a")) << "nobody waits any more";
}

TEST_F(LiveOutletTest, ALaneThatLeavesHoldsUpNobody) {
  EXPECT_TRUE(offer(a_, std::string(10, 'a')));
  EXPECT_FALSE(offer(b_, "b"));
  outlet_.flush();
  stream_->drain();
  EXPECT_FALSE(offer(a_, "a"));
  outlet_.leave(b_);
  EXPECT_TRUE(offer(a_, "a"));
}

TEST_F(LiveOutletTest, WhoIsRefusedInARoundOfAnEndAloneIsAskedAgain) {
  EXPECT_TRUE(offer(a_, std::string(10, 'a')));
  EXPECT_FALSE(offer(b_, "b"));
  outlet_.flush();
  stream_->drain();
  EXPECT_FALSE(offer(a_, "a")) << "b waits for its turn";
  outlet_.leave(b_);
  outlet_.add(piece("event: b/end\n"));
  outlet_.flush();
  stream_->drain();
  EXPECT_TRUE(asked_again_);
  EXPECT_TRUE(offer(a_, "a"));
}

TEST_F(LiveOutletTest, HeadsAndEndsTakeRoomToo) {
  EXPECT_TRUE(offer(a_, "123456"));
  EXPECT_FALSE(offer(b_, "b")) << "a head of 9 bytes and a frame of 6";
  outlet_.flush();
  stream_->drain();
  outlet_.add(piece("event: c/end\n"));
  outlet_.add(piece("event: d/end\n"));
  EXPECT_TRUE(offer(b_, "b")) << "the first frame in any case";
  EXPECT_FALSE(offer(a_, "a"));
}

TEST_F(LiveOutletTest, WhatTakesNoPartInRoundsIsSentToABusyClient) {
  EXPECT_TRUE(offer(a_, "1"));
  outlet_.flush();
  outlet_.add(piece("event: b/end\n"));
  outlet_.flush();
  stream_->next();
  stream_->next();
  EXPECT_EQ(*stream_->next(), "event: b/end\n");
  EXPECT_FALSE(offer(a_, "2")) << "it is still busy";
}

TEST_F(LiveOutletTest, EndsBehindWhatWasAdded) {
  outlet_.add(piece("event: end\n"));
  outlet_.end();
  EXPECT_FALSE(stream_->ended());
  outlet_.flush();
  EXPECT_EQ(*stream_->next(), "event: end\n");
  EXPECT_TRUE(stream_->ended());
}

TEST_F(LiveOutletTest, AClientThatIsGoneCostsNothing) {
  EXPECT_TRUE(offer(a_, "1"));
  stream_.reset();
  EXPECT_FALSE(outlet_.is_open());
  outlet_.flush();
  EXPECT_FALSE(outlet_.has_round());
}

}  // namespace
}  // namespace hapax
