// SPDX-License-Identifier: Apache-2.0
#include "api/board_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "boards/board_store.hpp"
#include "testing/fake_documents.hpp"
#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

/// The routes over a disk in memory.
class BoardRoutesTest : public testing::Test {
 protected:
  HttpResponse list() {
    FakeResponder responder;
    routes_.list(responder.respond());
    return responder.wait();
  }
  HttpResponse read(const std::string& id) {
    FakeResponder responder;
    routes_.read(id, responder.respond());
    return responder.wait();
  }
  HttpResponse put(const std::string& id, const std::string& body,
                   const std::string& if_match = "") {
    HttpRequest request;
    request.if_match = if_match;
    request.body = body;
    return put(id, request);
  }
  HttpResponse put(const std::string& id, const HttpRequest& request) {
    FakeResponder responder;
    routes_.put(id, request, responder.respond());
    return responder.wait();
  }
  HttpResponse drop(const std::string& id, const std::string& if_match = "") {
    HttpRequest request;
    request.if_match = if_match;
    FakeResponder responder;
    routes_.drop(id, request, responder.respond());
    return responder.wait();
  }
  static std::string quoted(const HttpResponse& response) {
    return "\"" + Json::parse(response.body).at("revision").get<std::string>() + "\"";
  }

  FakeDocuments documents_{made_boards()};
  TaskPool renderer_;
  AnswerBudget answers_{1U << 20U};
  BoardRoutes routes_{{.boards = documents_.store(), .renderer = renderer_, .answers = answers_}};
};

const std::string kBoard = R"({"name":"Mine","panels":[{"id":"p","view":"v","chart":"bar"}]})";

TEST_F(BoardRoutesTest, WhatWasAnsweredIsDurable) {
  const auto added = put("mine", kBoard);
  EXPECT_EQ(added.status, 201);
  EXPECT_THAT(added.headers, Contains(Pair("ETag", quoted(added))));
  const HttpResponse shown = read("mine");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.body, added.body);
  const Json json = Json::parse(shown.body);
  EXPECT_EQ(json.at("id"), "mine");
  EXPECT_EQ(json.at("origin"), "own");
  EXPECT_EQ(json.at("panels").at(0).at("chart"), "bar");
  documents_.disk().before_op([](const DiskOp&) { return Error{ErrorKind::kExhausted, "full"}; });
  EXPECT_EQ(put("mine", R"({"name":"Other","panels":[]})").status, 503);
  EXPECT_EQ(read("mine").body, added.body);
}

TEST_F(BoardRoutesTest, ListsAllWithoutTheirPanels) {
  put("mine", kBoard);
  const Json boards = Json::parse(list().body).at("boards");
  ASSERT_EQ(boards.size(), 4U);
  EXPECT_EQ(boards.at(0).at("id"), "mine");
  EXPECT_EQ(boards.at(0).at("panel_count"), 1);
  EXPECT_EQ(boards.at(1).at("origin"), "made");
  EXPECT_FALSE(boards.at(1).contains("panels"));
}

TEST_F(BoardRoutesTest, WhoSawAnOlderRevisionChangesNothing) {
  const std::string first = quoted(put("mine", kBoard));
  const auto second = put("mine", R"({"name":"2","panels":[]})", first);
  EXPECT_EQ(second.status, 200);
  const auto late = put("mine", R"({"name":"3","panels":[]})", first);
  EXPECT_EQ(late.status, 412);
  EXPECT_THAT(late.body, HasSubstr("changed_meanwhile"));
  EXPECT_THAT(late.body, HasSubstr("read it again"));
  EXPECT_EQ(drop("mine", first).status, 412);
  EXPECT_EQ(put("mine", kBoard, "mine").status, 400) << "without quotes it is no revision";
  EXPECT_EQ(Json::parse(read("mine").body).at("name"), "2");
  EXPECT_EQ(drop("mine", quoted(second)).status, 200);
  EXPECT_EQ(put("mine", kBoard, quoted(second)).status, 412) << "it is gone";
}

TEST_F(BoardRoutesTest, AnImportMayBeToldToReplaceNothing) {
  HttpRequest request;
  request.if_none_match = "*";
  request.body = kBoard;
  EXPECT_EQ(put("mine", request).status, 201);
  EXPECT_EQ(put("mine", request).status, 412);
  request.if_none_match = "\"x\"";
  EXPECT_EQ(put("mine", request).status, 400);
}

TEST_F(BoardRoutesTest, AMadeBoardIsChangedUnderItsNameAndComesBack) {
  const auto made = read("web");
  EXPECT_EQ(Json::parse(made.body).at("origin"), "made");
  EXPECT_EQ(drop("web").status, 409);
  Json changed = Json::parse(made.body);
  changed["name"] = "Our web";
  const auto own = put("web", changed.dump(), quoted(made));
  EXPECT_EQ(own.status, 200);
  EXPECT_EQ(Json::parse(own.body).at("origin"), "own");
  EXPECT_EQ(drop("web").body, made.body);
  EXPECT_EQ(read("web").body, made.body);
}

TEST_F(BoardRoutesTest, WhatWasExportedIsImportedUnderAnotherName) {
  const auto made = read("survey");
  EXPECT_EQ(put("copy", made.body).status, 201);
  EXPECT_EQ(Json::parse(read("copy").body).at("panels"), Json::parse(made.body).at("panels"));
}

TEST_F(BoardRoutesTest, RefusesWhatIsNoBoard) {
  EXPECT_EQ(put("Mine", kBoard).status, 400);
  EXPECT_EQ(put("mine", "{}").status, 400);
  EXPECT_EQ(put("mine", std::string((256U << 10U) + 1, ' ')).status, 413);
  HttpRequest compressed;
  compressed.content_encoding = "gzip";
  EXPECT_EQ(put("mine", compressed).status, 415);
  EXPECT_EQ(read("mine").status, 404);
  EXPECT_THAT(read("wb").body, HasSubstr("did you mean \\\"web\\\"?"));
  EXPECT_EQ(drop("mine").status, 404);
}

TEST_F(BoardRoutesTest, KeepsNoMoreThanItSays) {
  for (int i = 0; i < 61; ++i) {
    ASSERT_EQ(put("b" + std::to_string(i), kBoard).status, 201);
  }
  const auto refused = put("more", kBoard);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("there are 64 boards"));
}

TEST_F(BoardRoutesTest, ADamagedFileIsSaidAndCostsNoOtherBoard) {
  put("mine", kBoard);
  documents_.disk().set_content("documents/mine.json", "garbage");
  documents_.open();
  BoardRoutes routes({.boards = documents_.store(), .renderer = renderer_, .answers = answers_});
  FakeResponder responder;
  routes.read("mine", responder.respond());
  const auto damaged = responder.wait();
  EXPECT_EQ(damaged.status, 500);
  EXPECT_THAT(damaged.body, HasSubstr("documents/mine.json"));
  routes.list(responder.respond());
  const Json boards = Json::parse(responder.wait().body).at("boards");
  EXPECT_TRUE(boards.at(0).contains("error"));
  EXPECT_EQ(boards.size(), 4U);
}

}  // namespace
}  // namespace hapax
