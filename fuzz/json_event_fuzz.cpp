// Any body through the whole collector: it answers once, the books balance, and all that it stored
// is valid UTF-8 and JSON that another parser reads.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "collector/collector.hpp"
#include "record/event_wire.hpp"

namespace hapax {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

// Numbers beyond double are legal JSON, though nlohmann-json has no room for them.
void require_json(std::string_view text) {
  if (text.empty()) {
    return;
  }
  try {
    require(nlohmann::json::parse(text).is_object());
  } catch (const nlohmann::json::out_of_range&) {
    return;
  } catch (const nlohmann::json::parse_error&) {
    std::abort();
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

class CheckingLog final : public EventLog {
 public:
  std::uint32_t partition_count() const override { return 3; }
  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override {
    Receipt receipt;
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
  Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End>) override {
    return Error{ErrorKind::kInternal, "nothing to read"};
  }
  std::vector<Offset> end_offsets() const override { return {}; }
  std::vector<PartitionStart> starts() const override { return {}; }
  Result<void> append_control(std::string, AppendDone) override { return {}; }
  LogControls controls() const override { return {}; }
  void on_durable(std::function<void()>) override {}
  void release(std::span<const Receipt::End>) override {}
  LogStatus status() const override { return {.writable = true, .reason = {}}; }

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

void ingest(std::string path, std::string body) {
  CheckingLog log;
  FixedClock clock;
  CountingRandom random;
  ArrivalClock arrivals(clock);
  Collector collector({}, log, arrivals, random);
  IngestRequest request;
  request.path = std::move(path);
  request.body = std::move(body);
  int answers = 0;
  collector.ingest(std::move(request), [&answers](const IngestResponse& response) {
    ++answers;
    require(nlohmann::json::parse(response.body)["success"] == (response.status == 200));
  });
  const CollectorStats stats = collector.stats();
  require(answers == 1);
  require(stats.events_received == stats.events_accepted + stats.events_rejected);
  require(stats.events_accepted == log.accepted && stats.events_rejected == log.rejected);
}

}  // namespace
}  // namespace hapax

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  hapax::ingest("/v1/batch", body);
  hapax::ingest("/v1/track", body);
  hapax::ingest("/v1/batch",
                R"({"batch":[)" + body + R"(],"context":{"a":1},"sentAt":"2026-11-23T22:40:37Z"})");
  return 0;
}
