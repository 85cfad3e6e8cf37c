// SPDX-License-Identifier: Apache-2.0
#include "collector/collector.hpp"

#include <utility>

#include "collector/answer.hpp"
#include "collector/append_builder.hpp"
#include "collector/body_decoder.hpp"
#include "collector/collector_counters.hpp"
#include "collector/message_id.hpp"
#include "collector/pending_request.hpp"
#include "collector/request_names.hpp"
#include "collector/request_numbering.hpp"
#include "collector/route.hpp"
#include "collector/segment_decoder.hpp"
#include "collector/write_key.hpp"

namespace hapax {
namespace {

struct Decoders {
  BodyDecoder body;
  SegmentDecoder segment;
};

// A record is somewhat shorter than the JSON that it is made of.
AppendSize expected_size(const SegmentRequest& request) {
  AppendSize size{.events = request.events.size()};
  for (const SegmentEvent& event : request.events) {
    size.bytes += event.original.size() + request.context.size();
  }
  return size;
}

// Keep their memory from request to request.
Decoders& thread_decoders() {
  thread_local Decoders decoders;
  return decoders;
}

}  // namespace

class Collector::Impl {
 public:
  Impl(CollectorSettings settings, LogAppender& log, ArrivalClock& arrivals, Random& random,
       NameLimit& names)
      : settings_(std::move(settings)),
        rules_{.event_bytes_limit = settings_.event_bytes_limit,
               .json_depth_limit = settings_.json_depth_limit},
        ids_(settings_.id_key),
        log_(log),
        arrivals_(arrivals),
        random_(random),
        names_(names),
        sources_(std::exchange(settings_.write_keys, {}), settings_.sources_limit, random) {}

  void ingest(IngestRequest request, Respond respond) {
    counters_->request();
    const auto pending =
        std::make_shared<PendingRequest>(counters_, request.body.size(), std::move(respond));
    std::optional<Refusal> refusal;
    try {
      refusal = try_ingest(std::move(request), pending);
    } catch (const std::exception& exception) {
      // A body must not end the process, whatever is in it.
      refusal = refusal_of(exception);
    }
    if (refusal) {
      pending->refuse(*refusal);
    }
  }

  CollectorStats stats() const { return counters_->stats(); }

 private:
  using Pending = std::shared_ptr<PendingRequest>;

  // Leaves `pending` unanswered when it returns a refusal, else answers or has it answered.
  std::optional<Refusal> try_ingest(IngestRequest request, const Pending& pending) {
    const auto route = find_route(request.path);
    if (!route) {
      return Refusal{404, "not_found", "no Segment route has this path"};
    }
    auto head = sources_.check_head(request.authorization, request.header_write_key,
                                    request.query_write_key);
    if (auto* refusal = std::get_if<Refusal>(&head)) {
      return std::move(*refusal);
    }
    auto decoded = decode(request, *route);
    if (auto* refusal = std::get_if<Refusal>(&decoded)) {
      pending->belongs_to(sources_.known(std::get<HeadKey>(head)));
      return std::move(*refusal);
    }
    const SegmentRequest& events = *std::get<const SegmentRequest*>(decoded);
    auto source = sources_.find(std::get<HeadKey>(head), events.write_key);
    if (auto* refusal = std::get_if<Refusal>(&source)) {
      return std::move(*refusal);
    }
    pending->belongs_to(std::get<std::string_view>(source));
    const ArrivalClock::Arrival& arrival = pending->arrive(arrivals_);
    return store(events,
                 {.source = std::get<std::string_view>(source),
                  .path_type = route->type,
                  .delivery = {.received_at = arrival.received_at(),
                               .clock_epoch = arrival.clock_epoch(),
                               .is_delayed = route->is_import || request.is_retry}},
                 pending);
  }

  // Valid as long as the request, and until the thread's next one.
  OrRefusal<const SegmentRequest*> decode(IngestRequest& request, const SegmentRoute& route) const {
    Decoders& decoders = thread_decoders();
    auto body = decoders.body.decode(request.body, request.content_encoding,
                                     {.raw_bytes = settings_.body_bytes_limit,
                                      .decoded_bytes = settings_.decoded_body_bytes_limit});
    if (auto* refusal = std::get_if<Refusal>(&body)) {
      return std::move(*refusal);
    }
    const bool is_batch = route.type == EventType::kUnspecified;
    return decoders.segment.decode(std::get<std::string_view>(body),
                                   is_batch ? BodyForm::kBatch : BodyForm::kSingleEvent,
                                   settings_.batch_events_limit);
  }

  std::optional<Refusal> store(const SegmentRequest& request, const RequestFacts& facts,
                               const Pending& pending) {
    AppendBuilder builder(log_.partition_count(), settings_.partition_by, ids_,
                          expected_size(request));
    if (auto refusal = build_records(request, facts, builder, *pending)) {
      return refusal;
    }
    pending->receive();
    counters_->numbering(request.numbering);
    auto parts = builder.take();
    if (parts.empty()) {
      pending->settle(Receipt{.log = log_.log_id()});
      return std::nullopt;
    }
    auto queued = log_.append(
        std::move(parts), [pending](const Result<Receipt>& receipt) { pending->settle(receipt); });
    return queued ? std::nullopt : std::optional(refusal_of(queued.error(), AppendStage::kQueue));
  }

  std::optional<Refusal> build_records(const SegmentRequest& request, const RequestFacts& facts,
                                       AppendBuilder& builder, PendingRequest& pending) {
    EventContexts contexts(request.context);
    RequestNames names(names_, facts.source, facts.delivery.received_at);
    RequestNumbering numbering(request);
    std::string message_id;
    for (std::size_t i = 0; i < request.events.size(); ++i) {
      const SegmentEvent& event = request.events[i];
      const EventType type = type_of(event, facts);
      auto problem = find_problem(event, type, request, rules_);
      if (!problem && !names.admit(group_name(event, type))) {
        problem = too_many_names();
      }
      const EventTimes times =
          problem ? EventTimes{}
                  : times_of(event, request, facts.delivery, settings_.clock_ahead_limit);
      EventView record = problem ? make_dead_letter(event, *problem, facts)
                                 : make_event(event, type, request, facts, times, contexts);
      if (problem) {
        record.rejection->original =
            record.rejection->original.substr(0, settings_.original_bytes_limit);
      }
      numbering.number(event, record);
      if (record.message_id.empty()) {
        message_id = make_message_id(random_);
        record.message_id = message_id;
        record.flags |= kEventFlagServerMessageId;
      }
      builder.add(record);
      if (builder.bytes() > settings_.append_bytes_limit) {
        return batch_too_large();
      }
      if (problem) {
        const bool is_whole = facts.path_type != EventType::kUnspecified;
        pending.reject(i, record.message_id, *problem, is_whole);
      } else {
        pending.accept(times.decided);
      }
    }
    return std::nullopt;
  }

  CollectorSettings settings_;  // Constant once the keys are taken out.
  const EventRules rules_;
  const IdHasher ids_;
  LogAppender& log_;
  ArrivalClock& arrivals_;
  Random& random_;
  NameLimit& names_;
  Sources sources_;
  // Shared with the appends under way.
  const std::shared_ptr<CollectorCounters> counters_ = std::make_shared<CollectorCounters>();
};

Collector::Collector(CollectorSettings settings, LogAppender& log, ArrivalClock& arrivals,
                     Random& random, NameLimit& names)
    : impl_(std::make_unique<Impl>(std::move(settings), log, arrivals, random, names)) {}
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
