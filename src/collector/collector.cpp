#include "collector/collector.hpp"

#include <utility>

#include "collector/answer.hpp"
#include "collector/append_builder.hpp"
#include "collector/body_decoder.hpp"
#include "collector/collector_counters.hpp"
#include "collector/message_id.hpp"
#include "collector/route.hpp"
#include "collector/segment_decoder.hpp"
#include "collector/write_key.hpp"

namespace hapax {
namespace {

constexpr std::chrono::seconds kOverloadedRetryAfter{1};
constexpr std::chrono::seconds kLogRetryAfter{5};
constexpr std::chrono::seconds kDiskFullRetryAfter{10};

// Everything a request knows until its records are durable.
struct Pending {
  Outcome outcome;
  std::vector<std::string_view> rejection_codes;  // Literals.
  std::optional<Problem> single_problem;          // Of a request that is one bad event.

  std::uint64_t event_count() const { return outcome.accepted + outcome.rejected; }
};

IngestResponse stored_answer(const Pending& pending, const Receipt& receipt) {
  if (pending.single_problem) {
    return error_answer(400, pending.single_problem->code, pending.single_problem->reason);
  }
  return success_answer(pending.outcome, encode_receipt(receipt));
}

}  // namespace

class Collector::Impl {
 public:
  Impl(CollectorSettings settings, EventLog& log, const Clock& clock, Random& random)
      : settings_(std::move(settings)),
        rules_{.event_bytes_limit = settings_.event_bytes_limit,
               .json_depth_limit = settings_.json_depth_limit,
               .clock_ahead_limit = settings_.clock_ahead_limit},
        log_(log),
        clock_(clock),
        random_(random) {}

  void ingest(IngestRequest request, Respond respond) {
    counters_->request();
    auto refusal = try_ingest(std::move(request), respond);
    if (refusal) {
      counters_->refused(refusal->code);
      respond(error_answer(refusal->status, refusal->code, refusal->message));
    }
  }

  CollectorStats stats() const { return counters_->stats(); }

 private:
  // Leaves `respond` alone when it returns a refusal, else answers or has it answered.
  std::optional<Refusal> try_ingest(IngestRequest request, Respond& respond) {
    const auto route = find_route(request.path);
    if (!route) {
      return Refusal{404, "not_found", "no Segment route has this path"};
    }
    auto body = decode_body(std::move(request.body), request.content_encoding,
                            {.raw_bytes = settings_.body_bytes_limit,
                             .decoded_bytes = settings_.decoded_body_bytes_limit});
    if (auto* refusal = std::get_if<Refusal>(&body)) {
      return std::move(*refusal);
    }
    thread_local SegmentDecoder decoder;
    const bool is_batch = route->type == EventType::kUnspecified;
    auto decoded = decoder.decode(std::move(std::get<std::string>(body)),
                                  is_batch ? BodyForm::kBatch : BodyForm::kSingleEvent,
                                  settings_.batch_events_limit);
    if (auto* refusal = std::get_if<Refusal>(&decoded)) {
      return std::move(*refusal);
    }
    const SegmentRequest& events = *std::get<const SegmentRequest*>(decoded);
    auto source = resolve_source({.authorization = request.authorization,
                                  .body = events.write_key,
                                  .query = request.query_write_key},
                                 settings_.write_keys);
    if (auto* refusal = std::get_if<Refusal>(&source)) {
      return std::move(*refusal);
    }
    store(events,
          {.source = std::get<std::string>(source),
           .path_type = route->type,
           .received_at = clock_.now()},
          std::move(respond));
    return std::nullopt;
  }

  void store(const SegmentRequest& request, const RequestFacts& facts, Respond respond) {
    AppendBuilder builder(log_.partition_count());
    Pending pending = build_records(request, facts, builder);
    counters_->received(pending.event_count());
    auto parts = builder.take();
    if (parts.empty()) {
      respond(success_answer(pending.outcome, encode_receipt({})));
      return;
    }
    append(std::move(parts), std::move(pending), std::move(respond));
  }

  Pending build_records(const SegmentRequest& request, const RequestFacts& facts,
                        AppendBuilder& builder) {
    Pending pending;
    std::string merged_context;
    std::string message_id;
    for (std::size_t i = 0; i < request.events.size(); ++i) {
      const SegmentEvent& event = request.events[i];
      const EventType type = type_of(event, facts);
      const auto problem = find_problem(event, type, rules_);
      EventView record = problem ? make_dead_letter(event, *problem, facts)
                                 : make_event(event, type, request, facts, rules_, merged_context);
      if (record.message_id.empty()) {
        message_id = make_message_id(random_);
        record.message_id = message_id;
        record.flags |= kEventFlagServerMessageId;
      }
      builder.add(record);
      if (problem) {
        note_rejection(i, record.message_id, *problem, facts, pending);
      } else {
        ++pending.outcome.accepted;
      }
    }
    return pending;
  }

  static void note_rejection(std::size_t index, std::string_view message_id, const Problem& problem,
                             const RequestFacts& facts, Pending& pending) {
    ++pending.outcome.rejected;
    pending.outcome.add_error(index, message_id, problem);
    pending.rejection_codes.push_back(problem.code);
    if (facts.path_type != EventType::kUnspecified) {
      pending.single_problem = problem;
    }
  }

  // `done` may run after the collector is gone: it holds what it needs.
  void append(std::vector<PartitionRecords> parts, Pending pending, Respond respond) {
    const std::uint64_t events = pending.event_count();
    auto shared_respond = std::make_shared<Respond>(std::move(respond));
    auto done = [counters = counters_, pending = std::move(pending),
                 shared_respond](Result<Receipt> receipt) {
      if (receipt) {
        counters->stored(pending.outcome.accepted, pending.rejection_codes);
        (*shared_respond)(stored_answer(pending, *receipt));
        return;
      }
      const bool disk_full = receipt.error().kind == ErrorKind::kExhausted;
      refuse(*counters, pending.event_count(), disk_full ? "disk_full" : "log_unavailable",
             disk_full ? kDiskFullRetryAfter : kLogRetryAfter, *shared_respond);
    };
    if (auto queued = log_.append(std::move(parts), std::move(done)); !queued) {
      const bool overloaded = queued.error().kind == ErrorKind::kExhausted;
      refuse(*counters_, events, overloaded ? "overloaded" : "log_unavailable",
             overloaded ? kOverloadedRetryAfter : kLogRetryAfter, *shared_respond);
    }
  }

  static void refuse(CollectorCounters& counters, std::uint64_t events, std::string_view code,
                     std::chrono::seconds retry_after, const Respond& respond) {
    counters.unavailable(events, code);
    respond(unavailable_answer(code, retry_after));
  }

  const CollectorSettings settings_;
  const EventRules rules_;
  EventLog& log_;
  const Clock& clock_;
  Random& random_;
  // Shared with the appends under way.
  const std::shared_ptr<CollectorCounters> counters_ = std::make_shared<CollectorCounters>();
};

Collector::Collector(CollectorSettings settings, EventLog& log, const Clock& clock, Random& random)
    : impl_(std::make_unique<Impl>(std::move(settings), log, clock, random)) {}
Collector::~Collector() = default;

bool Collector::serves(std::string_view path) {
  return find_route(path).has_value();
}

void Collector::ingest(IngestRequest request, Respond respond) {
  impl_->ingest(std::move(request), std::move(respond));
}

CollectorStats Collector::stats() const {
  return impl_->stats();
}

}  // namespace hapax
