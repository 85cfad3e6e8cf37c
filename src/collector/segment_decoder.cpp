#include "collector/segment_decoder.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "collector/json_text.hpp"
#include "collector/timestamp.hpp"

namespace hapax {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::uint32_t kNestingMax = 500;  // Of the stack; the settings' limit is per event.
constexpr std::size_t kKeptBodyBytes = 1U << 20U;  // After a larger body the memory is given back.
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

enum class Key : std::uint8_t {
  kUnknown,
  kText,  // A text field; which one is beside it.
  kTimestamp,
  kOriginalTimestamp,
  kSentAt,
  kProperties,
  kContext,
  kTraits,
  kSequence,
  kWriteKey,
  kBatch,
};

struct KnownKey {
  Key key = Key::kUnknown;
  SegmentEvent::Field field = SegmentEvent::kType;
};

KnownKey either(std::string_view key, std::string_view name, KnownKey known) {
  return key == name ? known : KnownKey{};
}

KnownKey lookup(std::string_view key) {
  using enum Key;
  using Field = SegmentEvent;
  if (key.size() < 4) {
    return {};
  }
  switch (key.size() * 256 + static_cast<std::uint8_t>(key[0])) {
    case 4 * 256 + 't':
      return either(key, "type", {kText, Field::kType});
    case 4 * 256 + 'n':
      return either(key, "name", {kText, Field::kName});
    case 5 * 256 + 'e':
      return either(key, "event", {kText, Field::kEvent});
    case 5 * 256 + 'b':
      return either(key, "batch", {kBatch});
    case 6 * 256 + 'u':
      return either(key, "userId", {kText, Field::kUserId});
    case 6 * 256 + 't':
      return either(key, "traits", {kTraits, Field::kTraits});
    case 6 * 256 + 's':
      return either(key, "sentAt", {kSentAt});
    case 7 * 256 + 'g':
      return either(key, "groupId", {kText, Field::kGroupId});
    case 7 * 256 + 'c':
      return either(key, "context", {kContext, Field::kContext});
    case 8 * 256 + 'w':
      return either(key, "writeKey", {kWriteKey});
    case 8 * 256 + 'c':
      return either(key, "category", {kText, Field::kCategory});
    case 8 * 256 + 's':
      return either(key, "sequence", {kSequence});
    case 9 * 256 + 'm':
      return either(key, "messageId", {kText, Field::kMessageId});
    case 9 * 256 + 't':
      return either(key, "timestamp", {kTimestamp, Field::kTimestamp});
    case 9 * 256 + 's':
      return either(key, "sessionId", {kText, Field::kSessionId});
    case 10 * 256 + 'p':
      return key == "previousId" ? KnownKey{kText, Field::kPreviousId}
                                 : either(key, "properties", {kProperties, Field::kProperties});
    case 11 * 256 + 'a':
      return either(key, "anonymousId", {kText, Field::kAnonymousId});
    case 17 * 256 + 'o':
      return either(key, "originalTimestamp", {kOriginalTimestamp, Field::kOriginalTimestamp});
    default:
      return {};
  }
}

std::string_view trim_left(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \n\r\t"), text.size()));
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' ||
                           text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

class SegmentDecoder::Impl {
 public:
  OrRefusal<const SegmentRequest*> decode(std::string body, BodyForm form,
                                          std::size_t batch_events_limit) {
    forget_large_body();
    events_limit_ = batch_events_limit;
    body_ = std::move(body);
    if (trim_right(body_).empty()) {
      return Refusal{400, "empty_body", "the body is empty; send a JSON object"};
    }
    if (!parse(form) && fault_ == Fault::kReplaceable) {
      body_ = repair_json(std::string_view(body_).substr(0, body_bytes_));
      parse(form);
    }
    return answer(form);
  }

 private:
  enum class Fault { kNone, kInvalid, kReplaceable, kNotAnObject, kTooManyEvents };

  bool fail(Fault fault = Fault::kInvalid) {
    // What can be replaced is only worth a second pass while nothing else is wrong.
    fault_ = fault_ == Fault::kNone ? fault : fault_;
    return false;
  }

  void forget_large_body() {
    if (body_.capacity() > kKeptBodyBytes) {
      parser_ = ondemand::parser();
      request_ = {};
    }
  }

  void reset() {
    fault_ = Fault::kNone;
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
    const auto error =
        parser_.iterate(simdjson::padded_string_view(body_.data(), body_bytes_, body_.size()))
            .get(document);
    if (error != simdjson::SUCCESS) {
      return fail(fault_of(error));
    }
    document_ = &document;
    ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) {
      return fail(starts_object() ? Fault::kInvalid : Fault::kNotAnObject);
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

  bool starts_object() const { return trim_left(body_).starts_with('{'); }

  OrRefusal<const SegmentRequest*> answer(BodyForm form) const {
    switch (fault_) {
      case Fault::kNone:
        break;
      case Fault::kInvalid:
      case Fault::kReplaceable:
        return Refusal{400, "invalid_json", "the body is not well-formed JSON"};
      case Fault::kNotAnObject:
        return Refusal{400, "not_an_object", "the body must be a JSON object"};
      case Fault::kTooManyEvents:
        return Refusal{
            413, "too_many_events",
            "the batch exceeds the limit of " + std::to_string(events_limit_) + " events"};
    }
    if (form == BodyForm::kBatch && !has_batch_) {
      return Refusal{400, "missing_batch", "the body must have an array \"batch\""};
    }
    return &request_;
  }

  bool batch(ondemand::object& object) {
    return each_field(object, [this](KnownKey known, ondemand::value& value) {
      switch (known.key) {
        case Key::kBatch:
          return events(value);
        case Key::kSentAt:
          return time(value, request_.sent_at);
        case Key::kContext:
          return object_text(value, request_.context).has_value();
        case Key::kWriteKey:
          return write_key(value);
        default:
          return check(value, 2);
      }
    });
  }

  bool single_event(ondemand::object& object) {
    SegmentEvent event{.original =
                           trim_left(trim_right(std::string_view(body_).substr(0, body_bytes_)))};
    deepest_ = 1;
    const bool ok = each_field(object, [&](KnownKey known, ondemand::value& value) {
      return known.key == Key::kWriteKey ? write_key(value) : event_field(known, value, event);
    });
    event.depth = deepest_;
    request_.events.push_back(event);
    return ok;
  }

  bool events(ondemand::value& value) {
    request_.events.clear();
    has_batch_ = first_character(value) == '[';
    ondemand::array array;
    if (!has_batch_) {
      return check(value, 2);
    }
    if (value.get_array().get(array) != simdjson::SUCCESS) {
      return fail();
    }
    for (auto element : array) {
      ondemand::value event;
      if (std::move(element).get(event) != simdjson::SUCCESS || !batch_event(event)) {
        return fail();
      }
    }
    return true;
  }

  bool batch_event(ondemand::value& value) {
    if (request_.events.size() >= events_limit_) {
      return fail(Fault::kTooManyEvents);
    }
    SegmentEvent& event = request_.events.emplace_back();
    const std::string_view start = token(value);
    deepest_ = 1;
    if (!start.starts_with('{')) {
      event.is_object = false;
      if (!check(value, 1)) {
        return false;
      }
    } else {
      ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS) {
        return fail();
      }
      if (!each_field(object, [&](KnownKey known, ondemand::value& field) {
            return event_field(known, field, event);
          })) {
        return false;
      }
    }
    event.depth = deepest_;
    event.original = text_from(start);
    return true;
  }

  bool event_field(KnownKey known, ondemand::value& value, SegmentEvent& event) {
    const std::uint32_t bit = 1U << known.field;
    switch (known.key) {
      case Key::kText:
        return note(event, bit, text(value, event.text[known.field]));
      case Key::kTimestamp:
        return time(value, event.timestamp, &event, bit);
      case Key::kOriginalTimestamp:
        return time(value, event.original_timestamp, &event, bit);
      case Key::kSentAt:
        return time(value, event.sent_at);
      case Key::kProperties:
        return note(event, bit, object_text(value, event.properties));
      case Key::kContext:
        return note(event, bit, object_text(value, event.context));
      case Key::kTraits:
        return note(event, bit, object_text(value, event.traits));
      case Key::kSequence:
        return sequence(value, event.sequence);
      default:
        return check(value, 2);
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
      const auto key = field_key(field);
      if (!key || !visit(lookup(*key), field.value())) {
        return fail();
      }
    }
    return true;
  }

  // The key with its escapes resolved; nothing when they are damaged.
  std::optional<std::string_view> field_key(ondemand::field& field) {
    const char* start = field.key().raw();
    const char* end = start;
    bool escaped = false;
    for (; *end != '"'; ++end) {
      if (*end == '\\') {
        escaped = true;
        ++end;
      }
    }
    const std::string_view raw(start, static_cast<std::size_t>(end - start));
    if (!escaped) {
      return raw;
    }
    std::string_view key;
    if (!escapes_ok(raw) || field.unescaped_key().get(key) != simdjson::SUCCESS) {
      fail();
      return std::nullopt;
    }
    return key;
  }

  bool escapes_ok(std::string_view inside) {
    switch (check_escapes(inside)) {
      case EscapeState::kValid:
        return true;
      case EscapeState::kReplaceable:
        return fail(Fault::kReplaceable);
      case EscapeState::kInvalid:
        break;
    }
    return fail();
  }

  static std::string_view token(ondemand::value& value) { return value.raw_json_token(); }

  static char first_character(ondemand::value& value) { return token(value).front(); }

  // From the first byte of a value that was just walked over to its last. Strings, numbers and
  // literals are not consumed by the walk, their token is all of them.
  std::string_view text_from(std::string_view start) {
    if (!start.starts_with('{') && !start.starts_with('[')) {
      return trim_right(start);
    }
    const char* end = nullptr;
    if (document_->current_location().get(end) != simdjson::SUCCESS) {
      end = body_.data() + body_bytes_;
    }
    return trim_right({start.data(), static_cast<std::size_t>(end - start.data())});
  }

  // A string or a number (as it is written); null is empty. False: of another kind.
  std::optional<bool> text(ondemand::value& value, std::string_view& to) {
    const std::string_view raw = trim_right(token(value));
    to = {};
    if (!check(value, 2)) {
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
    const std::string_view raw = trim_right(token(value));
    to = 0;
    if (!check(value, 2)) {
      return false;
    }
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), to);
    to = error == std::errc() && end == raw.data() + raw.size() ? to : 0;
    return true;
  }

  // The text of an object; null is empty. False: of another kind.
  std::optional<bool> object_text(ondemand::value& value, std::string_view& to) {
    const std::string_view start = token(value);
    const bool is_object = start.front() == '{';
    const bool is_null = trim_right(start) == "null";
    if (!check(value, 2)) {
      return std::nullopt;
    }
    to = is_object ? text_from(start) : std::string_view();
    return is_object || is_null;
  }

  // Walks over `value` and all that is in it. Strings, numbers and literals stay unconsumed.
  bool check(ondemand::value& value, std::uint32_t depth) {
    const std::string_view raw = token(value);
    switch (raw.front()) {
      case '{':
        return check_object(value, depth);
      case '[':
        return check_array(value, depth);
      case '"':
        return check_string(raw);
      case 't':
        return trim_right(raw) == "true" || fail();
      case 'f':
        return trim_right(raw) == "false" || fail();
      case 'n':
        return trim_right(raw) == "null" || fail();
      default:
        return is_json_number(trim_right(raw)) || fail();
    }
  }

  bool enter(std::uint32_t depth) {
    deepest_ = std::max(deepest_, depth);
    return depth <= kNestingMax || fail();
  }

  bool check_object(ondemand::value& value, std::uint32_t depth) {
    ondemand::object object;
    if (!enter(depth) || value.get_object().get(object) != simdjson::SUCCESS) {
      return fail();
    }
    for (auto result : object) {
      ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS || !check_key(field) ||
          !check(field.value(), depth + 1)) {
        return fail();
      }
    }
    return true;
  }

  bool check_array(ondemand::value& value, std::uint32_t depth) {
    ondemand::array array;
    if (!enter(depth) || value.get_array().get(array) != simdjson::SUCCESS) {
      return fail();
    }
    for (auto result : array) {
      ondemand::value element;
      if (std::move(result).get(element) != simdjson::SUCCESS || !check(element, depth + 1)) {
        return fail();
      }
    }
    return true;
  }

  bool check_key(ondemand::field& field) { return field_key(field).has_value(); }

  bool check_string(std::string_view raw) {
    // simdjson skips a string that was not read together with a colon after it, as if it were a
    // key.
    if (raw.data()[raw.size()] == ':') {
      return fail();
    }
    const std::string_view quoted = trim_right(raw);
    if (quoted.size() < 2 || quoted.back() != '"') {
      return fail();
    }
    const std::string_view inside = quoted.substr(1, quoted.size() - 2);
    return std::memchr(inside.data(), '\\', inside.size()) == nullptr || escapes_ok(inside);
  }

  ondemand::parser parser_;
  ondemand::document* document_ = nullptr;
  std::string body_;
  std::size_t body_bytes_ = 0;
  SegmentRequest request_;
  std::size_t events_limit_ = 0;
  std::uint32_t deepest_ = 0;
  bool has_batch_ = false;
  Fault fault_ = Fault::kNone;
};

SegmentDecoder::SegmentDecoder() : impl_(std::make_unique<Impl>()) {}
SegmentDecoder::~SegmentDecoder() = default;

OrRefusal<const SegmentRequest*> SegmentDecoder::decode(std::string body, BodyForm form,
                                                        std::size_t batch_events_limit) {
  return impl_->decode(std::move(body), form, batch_events_limit);
}

}  // namespace hapax
