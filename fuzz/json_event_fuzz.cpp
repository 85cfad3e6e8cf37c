// SPDX-License-Identifier: Apache-2.0
// Any body through the whole collector: it answers once, the books balance, and all that it stored
// is valid UTF-8 and JSON that another parser reads. What that parser reads is no damage, what it
// does not is damage, also once it is repaired; and what is saved of a damaged body it reads.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "collector/collector.hpp"
#include "json/json_repair.hpp"
#include "json/json_salvage.hpp"
#include "record/event_wire.hpp"
#include "testing/null_log.hpp"

namespace hapax {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

enum class Kind { kDamaged, kObject, kOther, kUnknown };

// By the other parser. Numbers beyond double are legal JSON, though it has no room for them; a NUL
// it takes for the end.
Kind kind_of(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return Kind::kUnknown;
  }
  try {
    return nlohmann::json::parse(text).is_object() ? Kind::kObject : Kind::kOther;
  } catch (const nlohmann::json::out_of_range&) {
    return Kind::kUnknown;
  } catch (const nlohmann::json::parse_error&) {
    return Kind::kDamaged;
  }
}

void require_object(std::string_view text) {
  const Kind kind = kind_of(text);
  require(kind == Kind::kObject || kind == Kind::kUnknown);
}

void require_json(std::string_view text) {
  if (!text.empty()) {
    require_object(text);
  }
}

void require_utf8(std::string_view text) {
  try {
    (void)nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    std::abort();
  }
}

void require_sound(const EventView& event) {
  require(!event.message_id.empty() && !event.source.empty());
  if (event.rejection) {
    require(!event.rejection->code.empty());
    require(!event.rejection->original.empty());
  } else {
    require(!identity(event).empty() && event.type != EventType::kUnspecified);
  }
  for (const std::string_view text :
       {event.source, event.message_id, event.name, event.user_id, event.anonymous_id,
        event.session_id, event.group_id, event.previous_id, event.category}) {
    require_utf8(text);
  }
  require_json(event.properties);
  require_json(event.context);
  require_json(event.traits);
}

class CheckingLog final : public NullLog {
 public:
  CheckingLog() : NullLog(3) {}

  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override {
    Receipt receipt{.log = kId};
    for (const PartitionRecords& part : parts) {
      std::uint32_t count = 0;
      for (std::string_view rest = part.records; !rest.empty(); ++count) {
        const auto record = take_framed(rest);
        require(record.has_value());
        const auto event = decode_event(*record);
        require(event.has_value());
        require_sound(*event);
        ++(event->rejection ? rejected : accepted);
      }
      require(count == part.record_count);
      receipt.ends.push_back({.partition = part.partition, .end = Offset(count)});
    }
    done(std::move(receipt));
    return {};
  }

  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
};

class FixedClock final : public Clock {
 public:
  ProcessingTime now() const override { return processing_time_from_micros(1'795'473'638'000'000); }
  std::chrono::nanoseconds monotonic() const override { return {}; }
};

class CountingRandom final : public Random {
 public:
  std::uint64_t next() override { return ++last_; }

 private:
  std::uint64_t last_ = 0;
};

struct Result {
  std::string code;  // Of the answer; empty with 200.
  std::uint64_t received;
};

Result ingest(std::string path, std::string body) {
  CheckingLog log;
  FixedClock clock;
  CountingRandom random;
  ArrivalClock arrivals(clock);
  AnyName names;
  Collector collector({}, log, arrivals, random, names);
  IngestRequest request;
  request.path = std::move(path);
  request.body = std::move(body);
  int answers = 0;
  std::string code;
  collector.ingest(std::move(request), [&](const IngestResponse& response) {
    ++answers;
    const auto answer = nlohmann::json::parse(response.body);
    require(answer["success"] == (response.status == 200));
    code = answer.value("code", "");
  });
  const CollectorStats stats = collector.stats();
  require(answers == 1);
  require(stats.events_received == stats.events_accepted + stats.events_rejected);
  require(stats.events_accepted == log.accepted && stats.events_rejected == log.rejected);
  return {code, stats.events_received};
}

// What a damaged body may be answered with.
const std::set<std::string, std::less<>> kDamageCodes{"invalid_json",      "damaged_body",
                                                      "empty_body",        "not_an_object",
                                                      "invalid_write_key", "event_too_deep"};

void require_same_verdict(const std::string& body, const std::string& code) {
  std::string repaired;
  append_repaired_json(body, repaired);
  const Kind kind = kind_of(repaired);
  const bool has_mark = body.starts_with("\xef\xbb\xbf");  // Which both pass over, if it is whole.
  require(kind_of(body) != Kind::kObject || code != "invalid_json");
  require(kind != Kind::kDamaged || has_mark || kDamageCodes.contains(code));
}

void require_sound(const SalvagedJson& salvaged, std::string_view document) {
  if (salvaged.state != SalvagedJson::State::kWhole) {
    return;
  }
  const std::string_view text = salvaged.text;
  require_object(text.substr(0, text.size() - kJsonPaddingBytes));
  for (const SalvagedPiece& piece : salvaged.pieces) {
    require(!piece.original.empty() && piece.begin <= piece.end && piece.end <= text.size());
    require(document.data() <= piece.original.data());
    require(piece.original.data() + piece.original.size() <= document.data() + document.size());
    require(!piece.fault || piece.fault->at <= piece.original.size());
  }
}

}  // namespace
}  // namespace hapax

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string body(reinterpret_cast<const char*>(data), size);
  hapax::ingest("/v1/batch", body);
  hapax::require_same_verdict(body, hapax::ingest("/v1/track", body).code);
  const std::string good = R"({"type":"page","userId":"u"})";
  const auto batch =
      hapax::ingest("/v1/batch", R"({"batch":[)" + good + "," + body + "," + good +
                                     R"(],"context":{"a":1},"sentAt":"2026-11-23T22:40:37Z"})");
  const auto kind = hapax::kind_of(body);
  const bool is_value = kind == hapax::Kind::kObject || kind == hapax::Kind::kOther;
  hapax::require(!is_value || body.front() == '\xef' || batch.received == 3);
  const auto document = hapax::trim_json_space(body);
  if (!document.empty()) {
    hapax::require_sound(hapax::salvage_json(document, {.array_key = "batch", .pieces_max = 100}),
                         document);
    hapax::require_sound(hapax::salvage_json_object(document), document);
  }
  return 0;
}
