// SPDX-License-Identifier: Apache-2.0
#include "collector/segment_decoder.hpp"

#include <string>

#include "collector/segment_walk.hpp"
#include "json/json_salvage.hpp"
#include "json/json_walk.hpp"

namespace hapax {
namespace {

constexpr std::size_t kKeptBodyBytes = 1U << 20U;  // After a larger body the memory is given back.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Refusal cannot_be_taken_apart(std::size_t at) {
  return {400, "invalid_json",
          "the body is not well-formed JSON at byte " + std::to_string(at) +
              ", counted from 0, and its events cannot be told apart"};
}

}  // namespace

class SegmentDecoder::Impl {
 public:
  OrRefusal<const SegmentRequest*> decode(std::string_view body, BodyForm form,
                                          std::size_t batch_events_limit) {
    forget_large_body(body.size());
    if (trim_json_space(body).empty()) {
      return Refusal{400, "empty_body", "the body is empty; send a JSON object"};
    }
    const std::size_t start = body.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    if (walk_->read(body.substr(start), form, batch_events_limit)) {
      return &walk_->request();
    }
    return walk_->refusal() ? OrRefusal<const SegmentRequest*>(*walk_->refusal())
                            : salvage(body, start, form, batch_events_limit);
  }

 private:
  void forget_large_body(std::size_t next_bytes) {
    if (body_bytes_ > kKeptBodyBytes) {
      walk_.emplace();
      salvaged_ = {};
    }
    body_bytes_ = next_bytes;
  }

  // Reads what can be saved of the body, and notes at its events how they were sent.
  OrRefusal<const SegmentRequest*> salvage(std::string_view body, std::size_t start, BodyForm form,
                                           std::size_t events_limit) {
    const std::string_view sent = trim_json_space(body.substr(start));
    salvaged_ = form == BodyForm::kBatch
                    ? salvage_json(sent, {.array_key = "batch", .pieces_max = events_limit})
                    : salvage_json_object(sent);
    if (salvaged_.state == SalvagedJson::State::kTooMany) {
      return too_many_events(events_limit);
    }
    const auto sent_at = static_cast<std::size_t>(sent.data() - body.data());
    const std::string_view text = salvaged_.text;
    if (salvaged_.state == SalvagedJson::State::kNoObject ||
        (!walk_->read(text.substr(0, text.size() - kJsonPaddingBytes), form, events_limit) &&
         !walk_->refusal())) {
      return cannot_be_taken_apart(sent_at + salvaged_.no_object_at);
    }
    if (walk_->refusal()) {
      return *walk_->refusal();
    }
    note_pieces(walk_->request(), form);
    return &walk_->request();
  }

  void note_pieces(SegmentRequest& request, BodyForm form) const {
    auto event = request.events.begin();
    for (const SalvagedPiece& piece : salvaged_.pieces) {
      // The events are those of the last batch, the pieces those of every one.
      if (!piece.is_member && event != request.events.end() &&
          event->original.data() == text_of(piece).data()) {
        event->original = piece.original;
        event->fault = piece.fault;
        event->has_non_number = piece.has_non_number;
        ++event;
      }
    }
    for (const SalvagedPiece& piece : salvaged_.pieces) {
      note_member(piece, request);
      if (form == BodyForm::kSingleEvent && !request.write_key) {
        note_lost_key(piece, request);
      }
    }
  }

  void note_member(const SalvagedPiece& piece, SegmentRequest& request) const {
    if (!piece.is_member) {
      return;
    }
    const std::string_view text = text_of(piece);
    request.has_non_number |=
        text.data() <= request.context.data() && request.context.data() < text.data() + text.size();
    note_lost_key(piece, request);
    if (piece.fault) {
      request.events.push_back({.original = piece.original, .fault = piece.fault});
    }
  }

  // The events must not become another source's because their key cannot be read.
  static void note_lost_key(const SalvagedPiece& piece, SegmentRequest& request) {
    if (piece.fault && piece.original.find("writeKey") != std::string_view::npos) {
      request.write_key = kUselessKey;
    }
  }

  std::string_view text_of(const SalvagedPiece& piece) const {
    return std::string_view(salvaged_.text).substr(piece.begin, piece.end - piece.begin);
  }

  std::optional<SegmentWalk> walk_{std::in_place};
  SalvagedJson salvaged_;  // Of the last body that was damaged.
  std::size_t body_bytes_ = 0;
};

SegmentDecoder::SegmentDecoder() : impl_(std::make_unique<Impl>()) {}
SegmentDecoder::~SegmentDecoder() = default;

OrRefusal<const SegmentRequest*> SegmentDecoder::decode(std::string_view body, BodyForm form,
                                                        std::size_t batch_events_limit) {
  return impl_->decode(body, form, batch_events_limit);
}

}  // namespace hapax
