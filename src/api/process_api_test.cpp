// SPDX-License-Identifier: Apache-2.0
#include "api/process_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace hapax {
namespace {

using testing::HasSubstr;

class ProcessApiTest : public testing::Test {
 protected:
  std::optional<HttpResponse> ask(const std::string& path, const std::string& query,
                                  const std::string& key) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    request.host = "h:1";
    request.authorization = key.empty() ? "" : "Bearer " + key;
    answer_.reset();
    api_.handle(std::move(request), [&](HttpResponse response) { answer_ = std::move(response); });
    return answer_;
  }

  std::optional<HttpResponse> answer_;
  std::string after_ = "nobody asked";
  std::function<void(Result<std::string>)> waits_;
  ProcessApi api_{
      Gate({}, KeyRing({{"reads", {}}, {"web", {"web"}}}, {}, {})),
      {.why_not_ready = [] { return std::string(); },
       .topology = [] { return std::string("{}"); },
       .metrics = [] { return std::string("figures"); },
       .hot =
           [this](const std::string& after, std::function<void(Result<std::string>)> answer) {
             after_ = after;
             waits_ = std::move(answer);
           }}};
};

TEST_F(ProcessApiTest, WhatIsCountedIsToldOnceThereIsAnything) {
  EXPECT_FALSE(ask("/hot", "after=1-2", "reads"));
  EXPECT_EQ(after_, "1-2");
  waits_(std::string("a\0b", 3));
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->status, 200);
  EXPECT_EQ(answer_->content_type, "application/octet-stream");
  EXPECT_EQ(answer_->body, std::string("a\0b", 3));
  ask("/hot", "", "reads");
  EXPECT_EQ(after_, "");
  waits_(Error{ErrorKind::kExhausted, "too many readers wait"});
  EXPECT_EQ(answer_->status, 503);
  EXPECT_THAT(answer_->body, HasSubstr("too many readers wait"));
}

TEST_F(ProcessApiTest, NobodyIsToldWithoutAKeyOfAllSources) {
  for (const char* key : {"", "web", "other"}) {
    const auto refused = ask("/hot", "", key);
    ASSERT_TRUE(refused) << key;
    EXPECT_THAT(refused->status, testing::AnyOf(401, 403)) << key;
  }
  EXPECT_EQ(after_, "nobody asked");
}

TEST_F(ProcessApiTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(ask("/warm", "", "reads")->status, 404);
  EXPECT_EQ(ask("/health/ready", "", "")->status, 200);
  EXPECT_EQ(ask("/topology", "", "reads")->body, "{}");
}

}  // namespace
}  // namespace hapax
