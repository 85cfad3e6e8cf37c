#include "collector/segment_decoder.hpp"

#include <simdjson.h>

#include <charconv>
#include <cstring>

#include "collector/json_text.hpp"
#include "collector/json_walk.hpp"
#include "collector/segment_keys.hpp"
#include "collector/timestamp.hpp"

namespace hapax {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kKeptBodyBytes = 1U << 20U;  // After a larger body the memory is given back.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

class SegmentDecoder::Impl {
 public:
  OrRefusal<const SegmentRequest*> decode(std::string body, BodyForm form,
                                          std::size_t batch_events_limit) {
    forget_large_body();
    events_limit_ = batch_events_limit;
    body_ = std::move(body);
    if (trim_json_space(body_).empty()) {
      return Refusal{400, "empty_body", "the body is empty; send a JSON object"};
    }
    if (!parse(form) && walk_->fault() == Fault::kReplaceable) {
      body_ = repair_json(json());
      parse(form);
    }
    return answer(form);
  }

 private:
  using Fault = JsonWalk::Fault;

  bool fail(Fault fault = Fault::kInvalid) { return walk_->fail(fault); }

  bool refuse(int status, std::string_view code, std::string message) {
    refusal_ = Refusal{status, code, std::move(message)};
    return fail();
  }

  void forget_large_body() {
    if (body_.capacity() > kKeptBodyBytes) {
      parser_ = ondemand::parser();
      request_ = {};
    }
  }

  void reset() {
    refusal_.reset();
    has_batch_ = false;
    request_.events.clear();
    request_.write_key.reset();
    request_.sent_at.reset();
    request_.context = {};
  }

  bool parse(BodyForm form) {
    reset();
    if (body_.starts_with(kByteOrderMark)) {
      body_.erase(0, kByteOrderMark.size());
    }
    body_bytes_ = body_.size();
    body_.append(simdjson::SIMDJSON_PADDING, '\0');
    ondemand::document document;
    walk_.emplace(document);
    const auto error =
        parser_.iterate(simdjson::padded_string_view(body_.data(), body_bytes_, body_.size()))
            .get(document);
    if (error != simdjson::SUCCESS) {
      return fail(fault_of(error));
    }
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) {
      return trim_json_space(json()).starts_with('{')
                 ? fail()
                 : refuse(400, "not_an_object", "the body must be a JSON object");
    }
    const bool parsed = form == BodyForm::kBatch ? batch(object) : single_event(object);
    return parsed && (document.current_location().error() == simdjson::OUT_OF_BOUNDS || fail());
  }

  Fault fault_of(simdjson::error_code error) const {
    const bool has_nul = std::memchr(body_.data(), '\0', body_bytes_) != nullptr;
    return error == simdjson::UTF8_ERROR || (error == simdjson::UNESCAPED_CHARS && has_nul)
               ? Fault::kReplaceable
               : Fault::kInvalid;
  }

  std::string_view json() const { return std::string_view(body_).substr(0, body_bytes_); }

  OrRefusal<const SegmentRequest*> answer(BodyForm form) const {
    if (refusal_) {
      return *refusal_;
    }
    if (walk_->fault() != Fault::kNone) {
      return Refusal{400, "invalid_json", "the body is not well-formed JSON"};
    }
    if (form == BodyForm::kBatch && !has_batch_) {
      return Refusal{400, "missing_batch", "the body must have an array \"batch\""};
    }
    return &request_;
  }

  bool batch(ondemand::object& object) {
    return each_field(object, [this](KnownSegmentKey known, ondemand::value& value) {
      switch (known.key) {
        case SegmentKey::kBatch:
          return events(value);
        case SegmentKey::kSentAt:
          return time(value, request_.sent_at);
        case SegmentKey::kContext:
          return object_text(value, request_.context).has_value();
        case SegmentKey::kWriteKey:
          return write_key(value);
        default:
          return walk_->check(value, 2);
      }
    });
  }

  bool single_event(ondemand::object& object) {
    SegmentEvent event{.original = trim_json_space(json())};
    walk_->start_depth();
    const bool ok = each_field(object, [&](KnownSegmentKey known, ondemand::value& value) {
      return known.key == SegmentKey::kWriteKey ? write_key(value)
                                                : event_field(known, value, event);
    });
    event.depth = walk_->deepest();
    request_.events.push_back(event);
    return ok;
  }

  bool events(ondemand::value& value) {
    request_.events.clear();
    has_batch_ = JsonWalk::token(value).front() == '[';
    ondemand::array array;
    if (!has_batch_) {
      return walk_->check(value, 2);
    }
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      return fail();
    }
    for (auto element : array) {
      ondemand::value event;
      // NOLINTNEXTLINE(performance-move-const-arg): get() is for rvalues only.
      if (std::move(element).get(event) != simdjson::SUCCESS || !batch_event(event)) {
        return fail();
      }
    }
    return true;
  }

  bool batch_event(ondemand::value& value) {
    if (request_.events.size() >= events_limit_) {
      return refuse(413, "too_many_events",
                    "the batch exceeds the limit of " + std::to_string(events_limit_) + " events");
    }
    SegmentEvent& event = request_.events.emplace_back();
    const std::string_view start = JsonWalk::token(value);
    walk_->start_depth();
    event.is_object = start.starts_with('{');
    if (!(event.is_object ? batch_object(value, event) : walk_->check(value, 1))) {
      return false;
    }
    event.depth = walk_->deepest();
    event.original = walk_->text_from(start);
    return true;
  }

  bool batch_object(ondemand::value& value, SegmentEvent& event) {
    ondemand::object object;
    return value.get_object().get(object) == simdjson::SUCCESS
               ? each_field(object,
                            [&](KnownSegmentKey known, ondemand::value& field) {
                              return event_field(known, field, event);
                            })
               : fail();
  }

  bool event_field(KnownSegmentKey known, ondemand::value& value, SegmentEvent& event) {
    const std::uint32_t bit = 1U << known.field;
    switch (known.key) {
      case SegmentKey::kText:
        return note(event, bit, text(value, event.text[known.field]));
      case SegmentKey::kTimestamp:
        return time(value, event.timestamp, &event, bit);
      case SegmentKey::kOriginalTimestamp:
        return time(value, event.original_timestamp, &event, bit);
      case SegmentKey::kSentAt:
        return time(value, event.sent_at);
      case SegmentKey::kProperties:
        return note(event, bit, object_text(value, event.properties));
      case SegmentKey::kContext:
        return note(event, bit, object_text(value, event.context));
      case SegmentKey::kTraits:
        return note(event, bit, object_text(value, event.traits));
      case SegmentKey::kSequence:
        return sequence(value, event.sequence);
      default:
        return walk_->check(value, 2);
    }
  }

  // Remembers whether the value was of use; false when the JSON is damaged.
  static bool note(SegmentEvent& event, std::uint32_t bit, std::optional<bool> useful) {
    if (!useful) {
      return false;
    }
    event.wrong_fields = *useful ? event.wrong_fields & ~bit : event.wrong_fields | bit;
    return true;
  }

  template <typename F>
  bool each_field(ondemand::object& object, F&& visit) {
    for (auto result : object) {
      ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS) {
        return fail();
      }
      const auto key = walk_->key(field);
      if (!key || !visit(find_segment_key(*key), field.value())) {
        return fail();
      }
    }
    return true;
  }

  // A string or a number (as it is written); null is empty. False: of another kind.
  std::optional<bool> text(ondemand::value& value, std::string_view& to) {
    const std::string_view raw = trim_json_space(JsonWalk::token(value));
    to = {};
    if (!walk_->check(value, 2)) {
      return std::nullopt;
    }
    if (raw.front() == '"') {
      to = raw.substr(1, raw.size() - 2);
      if (to.find('\\') != std::string_view::npos &&
          value.get_string().get(to) != simdjson::SUCCESS) {
        fail();
        return std::nullopt;
      }
      return true;
    }
    const bool is_number = raw.front() == '-' || ('0' <= raw.front() && raw.front() <= '9');
    to = is_number ? raw : std::string_view();
    return is_number || raw == "null";
  }

  bool time(ondemand::value& value, std::optional<EventTime>& to, SegmentEvent* event = nullptr,
            std::uint32_t bit = 0) {
    std::string_view written;
    const auto readable = text(value, written);
    to = readable.value_or(false) && !written.empty() ? parse_timestamp(written) : std::nullopt;
    const bool useful = readable.value_or(false) && (written.empty() || to.has_value());
    if (event != nullptr && readable) {
      note(*event, bit, useful);
    }
    return readable.has_value();
  }

  bool write_key(ondemand::value& value) {
    std::string_view key;
    const auto useful = text(value, key);
    // A value of no use must not pass for an absent one: a NUL is no valid key.
    request_.write_key = useful.value_or(true) ? key : std::string_view("\0", 1);
    return useful.has_value();
  }

  bool sequence(ondemand::value& value, std::uint64_t& to) {
    const std::string_view raw = trim_json_space(JsonWalk::token(value));
    to = 0;
    if (!walk_->check(value, 2)) {
      return false;
    }
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), to);
    to = error == std::errc() && end == raw.data() + raw.size() ? to : 0;
    return true;
  }

  // The text of an object; null is empty. False: of another kind.
  std::optional<bool> object_text(ondemand::value& value, std::string_view& to) {
    const std::string_view start = JsonWalk::token(value);
    const bool is_object = start.front() == '{';
    const bool is_null = trim_json_space(start) == "null";
    if (!walk_->check(value, 2)) {
      return std::nullopt;
    }
    to = is_object ? walk_->text_from(start) : std::string_view();
    return is_object || is_null;
  }

  ondemand::parser parser_;
  std::string body_;
  std::size_t body_bytes_ = 0;    // Without the padding behind it.
  std::optional<JsonWalk> walk_;  // Of the last parse; its document is gone after it.
  std::optional<Refusal> refusal_;
  SegmentRequest request_;
  std::size_t events_limit_ = 0;
  bool has_batch_ = false;
};

SegmentDecoder::SegmentDecoder() : impl_(std::make_unique<Impl>()) {}
SegmentDecoder::~SegmentDecoder() = default;

OrRefusal<const SegmentRequest*> SegmentDecoder::decode(std::string body, BodyForm form,
                                                        std::size_t batch_events_limit) {
  return impl_->decode(std::move(body), form, batch_events_limit);
}

}  // namespace hapax
