// SPDX-License-Identifier: Apache-2.0
// Bodies that are no well-formed JSON: damage costs the event that it is in, and no other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/collector_test_support.hpp"

namespace hapax {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DamagedBodiesTest : public CollectorHarness {
 protected:
  /// What is stored under an id; ids of dead letters are not always readable.
  const EventView* find(std::string_view id) {
    events_ = stored();
    const auto found = std::find_if(events_.begin(), events_.end(), [id](const EventView& event) {
      return event.message_id == id && !event.rejection;
    });
    return found == events_.end() ? nullptr : &*found;
  }

  std::vector<EventView> dead_letters() const {
    auto events = stored();
    std::erase_if(events, [](const EventView& event) { return !event.rejection; });
    return events;
  }

  void expect_only_loss(const IngestResponse& response, std::string_view damaged) {
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(json_of(response)["accepted"], 2) << damaged;
    EXPECT_EQ(json_of(response)["rejected"], 1) << damaged;
    EXPECT_NE(find("good-1"), nullptr) << damaged;
    EXPECT_NE(find("good-2"), nullptr) << damaged;
    const auto letters = dead_letters();
    ASSERT_EQ(letters.size(), 1) << damaged;
    EXPECT_EQ(letters[0].rejection->code, "invalid_json");
    EXPECT_THAT(std::string(letters[0].rejection->reason), HasSubstr("at byte "));
    EXPECT_EQ(letters[0].rejection->original, damaged);
    expect_balanced_books();
  }

 private:
  std::vector<EventView> events_;
};

std::string event(std::string_view id, std::string_view rest = "") {
  return R"({"type":"track","event":"E","messageId":")" + std::string(id) + R"(","userId":"u")" +
         std::string(rest) + '}';
}

const std::string kGood1 = event("good-1", R"(,"properties":{"list":[{"a":1},{"b":"}],"}]})");
const std::string kGood2 = event("good-2", R"(,"context":{"c":[1,[2]]})");

std::string batch(std::initializer_list<std::string> events, std::string_view rest = "") {
  std::string body = R"({"batch":[)";
  for (const std::string& event : events) {
    body += (body.ends_with('[') ? "" : ",") + event;
  }
  return body + "]" + std::string(rest) + "}";
}

constexpr const char* kNonNumbers[] = {"NaN", "Infinity", "-Infinity", "+Infinity", "undefined"};

/// Damaged values of a member.
constexpr const char* kDamagedValues[] = {
    "007",        "+1",          ".5",     "1.",          "0x1F", "1e",      "tru",
    "True",       "nan",         "'x'",    "x",           "",     "[1,]",    "[,1]",
    "{\"a\":1,}", "{\"a\"}",     "{a:1}",  "{\"a\" 1}",   "1 2",  "\"\\x\"", "\"\\u12\"",
    "\"a\\\nb\"", "/**/ 1",      "\"a\"b", "\"a\" \"b\"", "1,",   "1,,",     "\x01",
    "[1;2]",      "\"a\":\"b\"", "(1)",    "-",           "- 1",  "Infinit", "nulll"};

/// Whole events in which a bracket or a quote is missing, or one too many.
const std::string kBrokenStructures[] = {
    R"({"type":"track","event":"E,"messageId":"bad","userId":"u"})",
    R"({"type":"track","event":E","messageId":"bad","userId":"u"})",
    R"({"type":"track","event:"E","messageId":"bad","userId":"u"})",
    R"({"type":"track",event":"E","messageId":"bad","userId":"u"})",
    R"({"type":"track","event":"E","userId":"u","messageId":"bad})",
    R"({"type":"track","event":"E","userId":"u","messageId":bad"})",
    R"({type":"track","event":"E","userId":"u","messageId":"bad"})",
    R"({"type":"track","properties":{"a":1,"messageId":"bad","userId":"u"})",
    R"({"type":"track","properties":"a":1},"messageId":"bad","userId":"u"})",
    R"({"type":"track","properties":{"a":1}},"messageId":"bad","userId":"u"})",
    R"({"type":"track","properties":{"a":[1},"messageId":"bad","userId":"u"})",
    R"({"type":"track","properties":{"a":1]},"messageId":"bad","userId":"u"})",
    R"({"type":"track","properties":{"a":[1]]},"messageId":"bad","userId":"u"})",
    R"({"type":"track","properties":{"a":1},"messageId":"bad","userId":"u")",
    R"({"type":"track","properties":{"a":1},"messageId":"bad","userId":"u"}})",
    // More objects behind the damage, which are no events.
    R"({"type":"track","event":"E,"properties":{"l":[{"a":1},{"b":2},{"c":3}]},"userId":"u"})",
    R"({"type":"track","event":"E,"properties":{"l":[[{"a":1},{"b":2}],[{}, {}]]},"userId":"u"})",
    R"({"type":"track","event":"E,"properties":{"l":[{"a":1},{"b":"]}"}],"m":[1,2]},"userId":"u"})",
};

std::vector<std::string> all_damaged_events() {
  std::vector<std::string> events(std::begin(kBrokenStructures), std::end(kBrokenStructures));
  for (const char* value : kDamagedValues) {
    events.push_back(event("bad", R"(,"properties":{"p":)" + std::string(value) + "}"));
    events.push_back(event("bad", R"(,"x":)" + std::string(value)));
  }
  return events;
}

TEST_F(DamagedBodiesTest, StoresWhatIsNoNumberAsNullAndSaysSo) {
  for (const std::string word : kNonNumbers) {
    start_anew();
    const std::string bad =
        event("odd", R"(,"properties":{"a":)" + word + R"(,"b":["NaN",)" + word + " ]}");
    const IngestResponse response = post("/v1/batch", batch({kGood1, bad, kGood2}));
    EXPECT_EQ(response.status, 200) << word;
    EXPECT_EQ(json_of(response)["accepted"], 3) << word;
    ASSERT_NE(find("odd"), nullptr);
    EXPECT_EQ(find("odd")->properties, R"({"a":null,"b":["NaN",null ]})");
    EXPECT_EQ(find("odd")->flags, kEventFlagNonNumber);
    EXPECT_EQ(find("good-1")->flags, 0);
    EXPECT_EQ(find("good-2")->flags, 0);
    expect_balanced_books();
  }
}

TEST_F(DamagedBodiesTest, StoresRawControlCharactersEscaped) {
  const std::string text = "a\nb\tc\x01\x1f\r\n\\\"";
  const std::string odd = event("odd", ",\"name\":\"" + text + "\",\"properties\":{\"" + text +
                                           "\":[\"" + text + "\"] ,\n\"x\":1}");
  EXPECT_EQ(json_of(post("/v1/batch", batch({kGood1, odd, kGood2})))["accepted"], 3);
  ASSERT_NE(find("odd"), nullptr);
  json stored = json::parse(find("odd")->properties);
  EXPECT_EQ(stored["a\nb\tc\x01\x1f\r\n\""].size(), 1);
  EXPECT_EQ(stored["a\nb\tc\x01\x1f\r\n\""][0], "a\nb\tc\x01\x1f\r\n\"");
  EXPECT_EQ(find("odd")->flags, 0);
}

TEST_F(DamagedBodiesTest, LosesOneEventWhereverItStands) {
  for (const std::string& bad : all_damaged_events()) {
    for (const auto& events : {std::initializer_list<std::string>{bad, kGood1, kGood2},
                               {kGood1, bad, kGood2},
                               {kGood1, kGood2, bad}}) {
      for (const char* rest :
           {"", R"(,"sentAt":"2026-11-23T22:40:37Z","context":{"l":[{},{}]} )"}) {
        start_anew();
        expect_only_loss(post("/v1/batch", batch(events, rest)), bad);
      }
    }
  }
}

TEST_F(DamagedBodiesTest, LosesEachDamagedEventOfManyAndNoOther) {
  const auto damaged = all_damaged_events();
  std::string body = R"({"sentAt":"2026-11-23T22:40:37Z","batch":[)";
  for (std::size_t i = 0; i < damaged.size(); ++i) {
    body += event("good-" + std::to_string(i)) + " ,\n" + damaged[i] + ",";
  }
  body += event("good-last") + "]}";
  const json answer = json_of(post("/v1/batch", body));
  EXPECT_EQ(answer["accepted"], damaged.size() + 1);
  EXPECT_EQ(answer["rejected"], damaged.size());
  std::vector<std::string> originals;
  for (const EventView& letter : dead_letters()) {
    originals.emplace_back(letter.rejection->original);
  }
  EXPECT_THAT(originals, ::testing::UnorderedElementsAreArray(damaged));
}

// A brace too many in the first event, or one too few in the second: which one cannot be told.
TEST_F(DamagedBodiesTest, TakesNoHalfOfAnEventForAWholeOne) {
  const std::string half = R"({"type":"track","event":"E","userId":"u","properties":{}})";
  const std::string rest = R"("messageId":"bad","timestamp":"2020-01-01T00:00:00Z"})";
  expect_only_loss(post("/v1/batch", batch({kGood1, half, rest, kGood2})), half + "," + rest);
}

TEST_F(DamagedBodiesTest, KeepsADamagedSingleEventAndAnswers400) {
  for (const std::string& bad : all_damaged_events()) {
    if (!bad.starts_with('{') || !bad.ends_with('}')) {
      continue;
    }
    start_anew();
    const IngestResponse response = post("/v1/track", " " + bad + "\n");
    EXPECT_EQ(response.status, 400) << bad;
    EXPECT_EQ(json_of(response)["code"], "invalid_json") << bad;
    EXPECT_THAT(json_of(response)["message"].get<std::string>(), HasSubstr("at byte "));
    ASSERT_EQ(dead_letters().size(), 1) << bad;
    EXPECT_EQ(only().rejection->original, bad);
    expect_balanced_books();
  }
}

TEST_F(DamagedBodiesTest, TakesASingleEventWithNonNumbersAndRawControls) {
  EXPECT_EQ(post("/v1/track", event("1", ",\"properties\":{\"a\":NaN,\"b\":\"x\ny\"}")).status,
            200);
  EXPECT_EQ(only().properties, R"({"a":null,"b":"x\u000ay"})");
  EXPECT_EQ(only().flags, kEventFlagNonNumber);
}

TEST_F(DamagedBodiesTest, KnowsIdAndKeyOfADamagedSingleEvent) {
  settings.write_keys = {{"WK", "shop"}};
  EXPECT_EQ(post("/v1/track", event("1", R"(,"a":007,"writeKey":"WK")")).status, 400);
  EXPECT_EQ(only().source, "shop");
  EXPECT_EQ(only().message_id, "1");
}

// The batch's own members, damaged in every way, before and behind the events.
TEST_F(DamagedBodiesTest, SetsDamagedMembersOfTheBatchAside) {
  for (const std::string member :
       {R"("context":{"a":007})", R"("sentAt":+1)", R"("x":[1,])", R"("context":{"a":"b})",
        R"("context":{"a":b"})", R"("context":{"a":[1})", R"(x:1)", R"("x")", R"("context" {})",
        R"("context":)", R"("context":{"l":[{"a":"1},{"b":2}]})"}) {
    for (const bool before : {true, false}) {
      start_anew();
      const std::string events = "\"batch\":[" + kGood1 + "," + kGood2 + "]";
      const std::string body =
          before ? "{" + member + " ," + events + "}" : "{" + events + "," + member + "}";
      expect_only_loss(post("/v1/batch", body), member);
      EXPECT_EQ(find("good-1")->context, "");
    }
  }
}

TEST_F(DamagedBodiesTest, FindsTheBatchBehindABraceTooMany) {
  const std::string body = R"({"context":{"a":1}},"batch":[)" + kGood1 + "," + kGood2 + "]}";
  expect_only_loss(post("/v1/batch", body), "}");
}

TEST_F(DamagedBodiesTest, FlagsAllEventsWhoseContextHasNonNumbers) {
  EXPECT_EQ(post("/v1/batch", batch({kGood1, kGood2}, R"(,"x":NaN,"context":{"r":NaN})")).status,
            200);
  EXPECT_EQ(find("good-1")->flags, kEventFlagNonNumber);
  EXPECT_EQ(find("good-1")->context, R"({"r":null})");
  EXPECT_EQ(find("good-2")->flags, kEventFlagNonNumber);
  start_anew();
  EXPECT_EQ(post("/v1/batch", batch({kGood1, kGood2}, R"(,"x":NaN,"context":{"r":1})")).status,
            200);
  EXPECT_EQ(find("good-1")->flags, 0);
}

// A key that cannot be read must not make the events somebody else's.
TEST_F(DamagedBodiesTest, TakesADamagedWriteKeyForAWrongOne) {
  for (const char* member : {R"(,"writeKey":007)", R"(,"writeKey":"WK)", R"(,"writeKey":WK")",
                             R"(,"x":"y,"writeKey":"WK")"}) {
    const IngestResponse response = post("/v1/batch", batch({kGood1, kGood2}, member));
    EXPECT_EQ(response.status, 401) << member;
    EXPECT_THAT(stored(), IsEmpty());
  }
}

TEST_F(DamagedBodiesTest, TakesADamagedWriteKeyOfASingleEventForAWrongOne) {
  for (const char* member :
       {R"(,"writeKey":007)", R"(,"writeKey":"WK)", R"(,"x":+1,writeKey":1)"}) {
    EXPECT_EQ(post("/v1/track", event("1", member)).status, 401) << member;
    EXPECT_THAT(stored(), IsEmpty());
  }
}

TEST_F(DamagedBodiesTest, PutsNoEventAsideForCommasBetweenThem) {
  for (const std::string& body :
       {batch({kGood1, kGood2, ""}), batch({kGood1 + kGood2}), batch({kGood1, "", kGood2}),
        batch({"", kGood1, kGood2}), batch({kGood1, kGood2}, ",")}) {
    start_anew();
    EXPECT_EQ(json_of(post("/v1/batch", body))["accepted"], 2) << body;
    EXPECT_THAT(dead_letters(), IsEmpty());
  }
}

TEST_F(DamagedBodiesTest, RefusesWhatCannotBeTakenApartAndSaysWhere) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"batch":[)" + kGood1, "at byte "},       {R"({"batch":[{"a":1},{"b":")", "at byte 23,"},
      {R"( {"batch":[{"a":1}]}x)", "at byte 20,"},  {R"({"batch":[{"a":1}]}{})", "at byte 19,"},
      {"\xef\xbb\xbf{\"batch\":[7", "at byte 14,"}, {"{\"batch\":[{\"a\":\"\n", "at byte 15,"},
  };
  for (const auto& [body, place] : cases) {
    const IngestResponse response = post("/v1/batch", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(json_of(response)["code"], "invalid_json") << body;
    EXPECT_THAT(json_of(response)["message"].get<std::string>(), HasSubstr(place)) << body;
  }
  EXPECT_EQ(json_of(post("/v1/track", R"({"event":"E","userId":"u)"))["code"], "invalid_json");
  EXPECT_THAT(log.kept(), IsEmpty());
}

TEST_F(DamagedBodiesTest, SaysWhereAnEventIsDamaged) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"a":007})", "at byte 5 "},
      {R"({"a":"x","b":[1,2,]})", "at byte 18 "},
      {"{\"a\":\"\n\n\xff\",\"b\":NaN,\"c\":+1}", "at byte 23 "},
      {R"({"a":"b,"c":"d"})", "at byte 9 "},
  };
  for (const auto& [bad, place] : cases) {
    start_anew();
    post("/v1/batch", batch({kGood1, bad, kGood2}));
    ASSERT_EQ(dead_letters().size(), 1);
    EXPECT_THAT(std::string(dead_letters()[0].rejection->reason), HasSubstr(place)) << bad;
  }
}

TEST_F(DamagedBodiesTest, HoldsTheLimitOfEventsForDamagedOnesToo) {
  settings.batch_events_limit = 3;
  const std::string bad = R"({"a":007})";
  EXPECT_EQ(post("/v1/batch", batch({bad, kGood1, bad})).status, 200);
  EXPECT_EQ(post("/v1/batch", batch({bad, kGood1, kGood2, bad})).status, 413);
  EXPECT_EQ(post("/v1/batch", batch({bad, kGood1, kGood2}, R"(,"a":007)")).status, 413);
  EXPECT_EQ(post("/v1/batch", batch({kGood1}, R"(,"a":007,"a":007,"a":007)")).status, 413);
}

TEST_F(DamagedBodiesTest, SetsEventsAsideThatAreNestedTooDeepForTheStack) {
  const std::string deep = R"({"a":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  const json answer = json_of(post("/v1/batch", batch({kGood1, deep, kGood2})));
  EXPECT_EQ(answer["accepted"], 2);
  EXPECT_EQ(answer["errors"][0]["code"], "event_too_deep");
  EXPECT_EQ(dead_letters()[0].rejection->original, deep);
}

// Bodies made to be looked at again and again (JsonBoundsTest counts how often).
TEST_F(DamagedBodiesTest, SurvivesHostileBodies) {
  const auto repeated = [](std::string_view start, std::string_view part, std::string_view end) {
    std::string body(start);
    while (body.size() < (1U << 20U) - end.size() - part.size()) {
      body += part;
    }
    return body += end;
  };
  for (const std::string& body :
       {repeated(R"({"batch":[{"a":"b,"c":1},)", R"({"x":1}],"k":[{"a":1},)", "0]}"),
        repeated(R"({"batch":[{"a":"b,"c":1)", R"(},{"b":1}],"k":[{"a":1)", "}]}"),
        repeated(R"({"batch":[{"a":"b,"c":1)", R"(,{"")", "}]}"),
        repeated(R"({"batch":[{"a":"b,"c":1)", R"(,{"":[)", "}]}"),
        repeated(R"({"batch":[{"a":"b,"c":1)", "]", "}]}"),
        repeated(R"({"batch":[{"a":"b,"c":1)", R"(],"":[)", "}]}"),
        repeated(R"({"x":"y"z,)", R"("batch":)", "0}"), repeated(R"({"batch":[)", "{", "}]}"),
        repeated(R"({"batch":[")", "\\\"", "}]}"), repeated("{", "\"", "}")}) {
    const int status = post("/v1/batch", body).status;
    EXPECT_THAT(status, ::testing::AnyOf(200, 400, 413)) << body.substr(0, 60);
  }
}

}  // namespace
}  // namespace hapax
