// SPDX-License-Identifier: Apache-2.0
// Bodies as the SDKs send them (hand-made after their wire formats), end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libdeflate.h>

#include "collector/collector_test_support.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

using nlohmann::json;

class SegmentBodiesTest : public CollectorHarness {};

std::string gzip(std::string_view plain) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string packed(plain.size() + 1024, '\0');
  packed.resize(libdeflate_gzip_compress(compressor, plain.data(), plain.size(), packed.data(),
                                         packed.size()));
  libdeflate_free_compressor(compressor);
  return packed;
}

IngestRequest request(std::string path, std::string body) {
  IngestRequest made;
  made.path = std::move(path);
  made.body = std::move(body);
  return made;
}

TEST_F(SegmentBodiesTest, AnalyticsNodeBatch) {
  IngestRequest made = request("/v1/batch", R"({"batch":[{
    "messageId":"node-next-1795473637979-2f1c","timestamp":"2026-11-23T22:40:35.979Z",
    "type":"track","userId":"u1","event":"Clicked","properties":{"n":1},
    "context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}},
    "integrations":{},"_metadata":{"nodeVersion":"20.20.0","jsRuntime":"node"}}],
    "writeKey":"WK","sentAt":"2026-11-23T22:40:36.979Z"})");
  made.authorization = "Basic V0s6";
  EXPECT_EQ(post(made).status, 200);
  EXPECT_EQ(only(),
            (EventView{
                .source = "WK",
                .message_id = "node-next-1795473637979-2f1c",
                .type = EventType::kTrack,
                .name = "Clicked",
                .user_id = "u1",
                .original_timestamp = event_time_from_micros(1'795'473'635'979'000),
                .sent_at = event_time_from_micros(1'795'473'636'979'000),
                .received_at = clock.time,
                .event_time = event_time_from_micros(1'795'473'635'979'000),
                .properties = R"({"n":1})",
                .context = R"({"library":{"name":"@segment/analytics-node","version":"3.1.0"}})"}));
}

TEST_F(SegmentBodiesTest, AnalyticsNextSinglePage) {
  EXPECT_EQ(post("/v1/p", R"({"timestamp":"2026-11-23T22:40:37.000Z","integrations":{},
    "type":"page","properties":{"path":"/","title":"Home"},"name":"Home","category":"Docs",
    "context":{"page":{"path":"/"},"locale":"en"},"anonymousId":"a-1","userId":null,
    "messageId":"ajs-next-1795473637000-1","writeKey":"WK","sentAt":"2026-11-23T22:40:37.001Z",
    "_metadata":{"bundled":["Segment.io"],"unbundled":[],"bundledIds":[],"retryCount":1}})")
                .status,
            200);
  EXPECT_EQ(only().type, EventType::kPage);
  EXPECT_EQ(only().source, "WK");
  EXPECT_EQ(only().name, "Home");
  EXPECT_EQ(only().category, "Docs");
  EXPECT_EQ(only().anonymous_id, "a-1");
  EXPECT_EQ(only().user_id, "");
  EXPECT_EQ(only().context, R"({"page":{"path":"/"},"locale":"en"})");
}

TEST_F(SegmentBodiesTest, PythonBodyKeyOnlyWithAndWithoutGzip) {
  const std::string body = R"({"writeKey": "WK", "sentAt": "2026-11-23T22:40:37.500000+00:00",
    "batch": [{"integrations": {}, "anonymousId": null,
    "timestamp": "2026-11-23T22:40:37.250000+00:00", "context": {"library":
    {"name": "analytics-python", "version": "2.3.4"}}, "userId": 42, "traits": {"plan": "pro"},
    "type": "identify", "messageId": "py-1"}]})";
  settings.write_keys = {{"WK", "shop"}};
  EXPECT_EQ(post("/v1/batch", body).status, 200);
  IngestRequest packed = request("/v1/batch", gzip(body));
  packed.content_encoding = "gzip";
  EXPECT_EQ(post(packed).status, 200);
  EXPECT_EQ(post("/v1/batch", gzip(body)).status, 200);
  const auto events = stored();
  ASSERT_EQ(events.size(), 3);
  EXPECT_EQ(events[0], events[1]);
  EXPECT_EQ(events[0], events[2]);
  EXPECT_EQ(events[0].source, "shop");
  EXPECT_EQ(events[0].type, EventType::kIdentify);
  EXPECT_EQ(events[0].user_id, "42");
  EXPECT_EQ(events[0].traits, R"({"plan": "pro"})");
  EXPECT_EQ(events[0].event_time, as_event_time(clock.time + std::chrono::milliseconds(250)));
}

TEST_F(SegmentBodiesTest, GoBatchWithContextOnTop) {
  EXPECT_EQ(
      post("/v1/batch", R"({"messageId":"batch-id","sentAt":"2026-11-23T23:40:37.123456789+01:00",
    "batch":[{"type":"group","messageId":"go-1","groupId":"g","userId":"u",
    "timestamp":"2026-11-23T23:40:37.123456789+01:00","traits":{"size":7}},
    {"type":"alias","messageId":"go-2","previousId":"old","userId":"u",
    "timestamp":"2026-11-23T23:40:37+01:00","context":{"ip":"::1","library":{"name":"mine"}}}],
    "context":{"library":{"name":"analytics-go","version":"3.0.0"},"os":{"name":"linux"}}})")
          .status,
      200);
  const auto events = stored();
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].group_id, "g");
  EXPECT_EQ(events[0].message_id, "go-1");
  EXPECT_EQ(json::parse(events[0].context),
            json::parse(R"({"library":{"name":"analytics-go","version":"3.0.0"},
                            "os":{"name":"linux"}})"));
  EXPECT_EQ(events[0].original_timestamp, event_time_from_micros(1'795'473'637'123'456));
  EXPECT_EQ(events[1].previous_id, "old");
  EXPECT_EQ(json::parse(events[1].context),
            json::parse(R"({"library":{"name":"mine"},"os":{"name":"linux"},"ip":"::1"})"));
}

TEST_F(SegmentBodiesTest, JavaImport) {
  EXPECT_EQ(post("/v1/import/", R"({"batch":[{"type":"screen","messageId":"j-1",
    "anonymousId":"a","userId":"u","name":"Main","timestamp":"2026-11-23T22:40:37.000Z"}],
    "sentAt":"2026-11-23T22:40:37.000Z","context":{"library":{"name":"analytics-java"},
    "instanceId":"x"},"sequence":17,"writeKey":"WK"})")
                .status,
            200);
  EXPECT_EQ(only().type, EventType::kScreen);
  EXPECT_EQ(only().name, "Main");
  EXPECT_EQ(only().sequence, 0);  // The batch's count is not the device's.
  EXPECT_EQ(only().context, R"({"library":{"name":"analytics-java"},
    "instanceId":"x"})");
}

TEST_F(SegmentBodiesTest, OwnSdkNumbersItsEvents) {
  post("/v1/track", R"({"event":"E","anonymousId":"a","sequence":18446744073709551615,
                        "sessionId":1795473637})");
  EXPECT_EQ(only().sequence, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(only().session_id, "1795473637");
  for (const char* odd : {"-1", "1.5", "\"7\"", "null", "18446744073709551616", "[1]"}) {
    post("/v1/track", R"({"event":"E","anonymousId":"a","sequence":)" + std::string(odd) + "}");
    EXPECT_EQ(stored().back().sequence, 0) << odd;
  }
}

// Row 36: JSON goes through as bytes, never through a double.
TEST_F(SegmentBodiesTest, KeepsJsonByteForByte) {
  const std::string properties =
      R"({ "big":9007199254740993,"huge":1e400,"digits":123456789012345678901234567890.10,)"
      R"("twice":1,"twice":2,"text":"\u00e9\/\ud83d\ude00\\u0000","deep":[[{"a":[]}]] , "e":{}})";
  post("/v1/track",
       R"({"event":"E","userId":"u","properties": )" + properties + R"( ,"messageId":"m"})");
  EXPECT_EQ(only().properties, properties);
}

TEST_F(SegmentBodiesTest, ReplacesWhatNobodyCanStore) {
  const std::string body =
      "{\"event\":\"a\xff\\u0000\",\"userId\":\"\\ud800\",\"messageId\":\"m\\n\\\"\\u00e9\","
      "\"properties\":{\"k\\udc00\":\"\xe2\x82\"}}";
  EXPECT_EQ(post("/v1/track", body).status, 200);
  EXPECT_EQ(only().name, "a\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(only().user_id, "\xef\xbf\xbd");
  EXPECT_EQ(only().message_id, "m\n\"\xc3\xa9");
  EXPECT_EQ(only().properties, "{\"k\\ufffd\":\"\xef\xbf\xbd\"}");
  EXPECT_EQ(post("/v1/track", std::string("{\"event\":\"a\0b\",\"userId\":\"u\"}", 28)).status,
            200);
  EXPECT_EQ(stored().back().name,
            "a\xef\xbf\xbd"
            "b");
}

TEST_F(SegmentBodiesTest, TakesTheLastOfARepeatedKey) {
  post("/v1/track", R"({"event":"one","userId":[],"event":"two","userId":"u","timestamp":"soon",
                        "timestamp":null,"properties":{"a":1},"properties":{"b":2},
                        "\u0065vent":"three"})");
  EXPECT_EQ(only().name, "three");
  EXPECT_EQ(only().user_id, "u");
  EXPECT_EQ(only().properties, R"({"b":2})");
  EXPECT_FALSE(only().rejection.has_value());
  post("/v1/batch", R"({"batch":[{"type":"x"}],"batch":[]})");
  EXPECT_EQ(stored().size(), 1);
}

TEST_F(SegmentBodiesTest, TakesAnEmptyArrayForAnEmptyObject) {
  EXPECT_EQ(post("/v1/track", R"({"event":"E","userId":"u","properties":[],"context":[ ],
                                  "traits":[
                                  ]})")
                .status,
            200);
  EXPECT_EQ(only().properties, "{}");
  EXPECT_EQ(only().context, "{}");
  EXPECT_EQ(only().traits, "{}");
  start_anew();
  post("/v1/batch", R"({"context":[],"batch":[{"type":"page","userId":"u","context":{"a":1}}]})");
  EXPECT_EQ(only().context, R"({"a":1})");
  start_anew();
  post("/v1/batch", R"({"context":{"a":1},"batch":[{"type":"page","userId":"u","context":[]}]})");
  EXPECT_EQ(only().context, R"({"a":1})");
}

TEST_F(SegmentBodiesTest, RequiresWhatEachCallIsAbout) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"/v1/track", R"({"userId":"u"})", "missing_event"},
      {"/v1/track", R"({"event":"E"})", "missing_identity"},
      {"/v1/track", R"({"event":"E","userId":"","anonymousId":null})", "missing_identity"},
      {"/v1/group", R"({"userId":"u"})", "missing_group_id"},
      {"/v1/alias", R"({"userId":"u"})", "missing_previous_id"},
      {"/v1/track", R"({"event":"E","userId":"u","properties":[1]})", "invalid_field"},
      {"/v1/track", R"({"event":true,"userId":"u"})", "invalid_field"},
  };
  for (const auto& [path, body, code] : cases) {
    EXPECT_EQ(json_of(post(path, body))["code"], code) << body;
    EXPECT_EQ(stored().back().rejection->code, code);
  }
  for (const char* path : {"/v1/identify", "/v1/page", "/v1/screen"}) {
    EXPECT_EQ(post(path, R"({"anonymousId":0})").status, 200) << path;
    EXPECT_EQ(stored().back().anonymous_id, "0");
  }
}

TEST_F(SegmentBodiesTest, RefusesEveryTruncation) {
  const std::string body =
      R"({"batch":[{"type":"track","event":"E\n","userId":1.5e3,"properties":{"a":[true,null]}}],)"
      R"("context":{"b":false},"writeKey":"WK"})";
  for (std::size_t size = 1; size < body.size(); ++size) {
    EXPECT_EQ(post("/v1/batch", body.substr(0, size)).status, 400) << size;
  }
  EXPECT_EQ(stored().size(), 0);
  EXPECT_EQ(post("/v1/batch", body).status, 200);
}

// The reference takes no raw control characters in strings.
std::string with_escaped_tabs(const std::string& text) {
  std::string escaped;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    in_string ^= text[i] == '"';
    escaped += in_string && text[i] == '\t' ? std::string("\\t") : std::string(1, text[i]);
    if (text[i] == '\\' && i + 1 < text.size()) {
      escaped += text[++i];
    }
  }
  return escaped;
}

// What the reference says, where its rules are ours: it refuses numbers beyond double and halves of
// surrogate pairs.
std::optional<bool> reads_as_object(const std::string& text) {
  if (text.find("\"\\ud83d\\ude00") == std::string::npos) {
    return std::nullopt;
  }
  try {
    return json::parse(with_escaped_tabs(text)).is_object();
  } catch (const json::parse_error&) {
    return false;
  } catch (const json::out_of_range&) {
    return std::nullopt;
  }
}

// What nlohmann-json refuses is refused, what it reads is read, wherever the damage is.
TEST_F(SegmentBodiesTest, AgreesWithTheReferenceOnDamage) {
  const std::string body =
      R"({"event":"E","userId":"u","properties":{"a":[true,false,null,-1.5e3,"x\n\u00e9"],)"
      R"("b":{"c":{}}},"x":[[],[{}]],"context":{"d":"\ud83d\ude00"}} )";
  constexpr std::string_view kCharacters = "{}[],:\"\\ 01-+.eEtfnu\tx";
  std::mt19937_64 random(1);
  int damaged_count = 0;
  const int count = random_cases(20'000);
  for (int i = 0; i < count; ++i) {
    std::string damaged = body;
    for (std::size_t edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % damaged.size();
      const char character = kCharacters[random() % kCharacters.size()];
      switch (random() % 3) {
        case 0:
          damaged[at] = character;
          break;
        case 1:
          damaged.insert(at, 1, character);
          break;
        default:
          damaged.erase(at, 1);
      }
    }
    const json answer = json_of(post("/v1/track", damaged));
    const bool refused = answer["success"] == false &&
                         (answer["code"] == "invalid_json" || answer["code"] == "not_an_object");
    if (const auto is_object = reads_as_object(damaged)) {
      ASSERT_EQ(!refused, *is_object) << damaged;
    }
    damaged_count += refused ? 1 : 0;
  }
  EXPECT_GT(damaged_count, count / 4);
  expect_balanced_books();
}

std::string text_of(const json& event, const char* key) {
  const auto value = event.find(key);
  if (value == event.end() || value->is_null()) {
    return {};
  }
  return value->is_string() ? value->get<std::string>() : value->dump();
}

json random_value(std::mt19937_64& random, int depth) {
  constexpr const char* kTexts[] = {
      "", "plain", "quo\"te\\", "new\nline", "\xc3\xa9\xe2\x82\xac", "\xf0\x9f\x98\x80", "}]{[,:"};
  switch (random() % (depth > 0 ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random());
    case 3:
      return static_cast<double>(random() % 100'000) / 7.0;
    case 4:
      return kTexts[random() % std::size(kTexts)];
    case 5: {
      json array = json::array();
      for (std::size_t count = random() % 4; count > 0; --count) {
        array.push_back(random_value(random, depth - 1));
      }
      return array;
    }
    default: {
      json object = json::object();
      for (std::size_t count = random() % 4; count > 0; --count) {
        object[kTexts[random() % std::size(kTexts)]] = random_value(random, depth - 1);
      }
      return object;
    }
  }
}

json random_event(std::mt19937_64& random) {
  json event = json::object();
  event["type"] = "track";
  event["event"] = "E\t" + std::to_string(random() % 100);
  for (const char* key : {"userId", "anonymousId", "messageId", "sessionId", "category"}) {
    const std::uint64_t kind = random() % 4;
    if (kind == 0) {
      event[key] = static_cast<std::int64_t>(random());
    } else if (kind == 1) {
      event[key] = "id \"\xc3\xa9\" " + std::to_string(random());
    } else if (kind == 2) {
      event[key] = nullptr;
    }
  }
  for (const char* key : {"properties", "context", "traits"}) {
    json value = random_value(random, 4);
    if (value.is_object() || value.is_null()) {
      event[key] = std::move(value);
    }
  }
  event["unknown"] = random_value(random, 4);
  return event;
}

void expect_same(const EventView& stored, const json& sent) {
  EXPECT_EQ(stored.name, sent["event"].get<std::string>());
  EXPECT_EQ(stored.user_id, text_of(sent, "userId"));
  EXPECT_EQ(stored.anonymous_id, text_of(sent, "anonymousId"));
  EXPECT_EQ(stored.session_id, text_of(sent, "sessionId"));
  EXPECT_EQ(stored.category, text_of(sent, "category"));
  if (const std::string id = text_of(sent, "messageId"); !id.empty()) {
    EXPECT_EQ(stored.message_id, id);
  }
  for (const auto& [key, text] :
       {std::pair("properties", stored.properties), std::pair("context", stored.context),
        std::pair("traits", stored.traits)}) {
    const json expected = sent.value(key, json());
    EXPECT_EQ(text.empty() ? json() : json::parse(text), expected);
  }
}

TEST_F(SegmentBodiesTest, DecodesWhatTheReferenceDecodes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    json batch = json::array();
    for (std::size_t count = 1 + random() % 20; count > 0; --count) {
      batch.push_back(random_event(random));
    }
    const std::size_t before = stored().size();
    const int indent = static_cast<int>(random() % 3) - 1;
    const bool ascii = random() % 2 == 0;
    const IngestResponse response =
        post("/v1/batch", json{{"batch", batch}}.dump(indent, ' ', ascii));
    ASSERT_EQ(response.status, 200);
    const auto events = stored();
    ASSERT_EQ(events.size(), before + batch.size());
    for (std::size_t j = before; j < events.size(); ++j) {
      if (events[j].rejection) {
        const json original = json::parse(events[j].rejection->original);
        EXPECT_EQ(events[j].rejection->code, "missing_identity");
        EXPECT_NE(std::find(batch.begin(), batch.end(), original), batch.end());
        continue;
      }
      const auto sent = std::find_if(batch.begin(), batch.end(), [&](const json& candidate) {
        return candidate["event"] == std::string(events[j].name) &&
               text_of(candidate, "userId") == events[j].user_id &&
               text_of(candidate, "anonymousId") == events[j].anonymous_id &&
               text_of(candidate, "sessionId") == events[j].session_id;
      });
      ASSERT_NE(sent, batch.end());
      expect_same(events[j], *sent);
    }
  }
  expect_balanced_books();
}

}  // namespace
}  // namespace hapax
