// SPDX-License-Identifier: Apache-2.0
#include "collector/segment_walk.hpp"

#include <charconv>
#include <deque>

#include "collector/segment_keys.hpp"
#include "core/timestamp.hpp"
#include "json/json_index.hpp"
#include "json/json_walk.hpp"

namespace hapax {

Refusal too_many_events(std::size_t limit) {
  return {413, "too_many_events",
          "the batch exceeds the limit of " + std::to_string(limit) + " events"};
}

class SegmentWalk::Impl {
 public:
  bool read(std::string_view json, BodyForm form, std::size_t events_limit) {
    reset();
    json_ = json;
    events_limit_ = events_limit;
    if (!index_.build(json)) {
      return false;
    }
    walk_.emplace(json, index_);
    return walk_document(form);
  }

  SegmentRequest& request() { return request_; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  void reset() {
    refusal_.reset();
    has_batch_ = false;
    unescaped_.clear();
    request_.events.clear();
    request_.write_key.reset();
    request_.sent_at = {};
    request_.context = {};
    request_.numbering = {};
    request_.has_non_number = false;
  }

  bool walk_document(BodyForm form) {
    if (walk_->ahead() != '{') {
      refusal_ = Refusal{400, "not_an_object", "the body must be a JSON object"};
      return false;
    }
    const bool walked = form == BodyForm::kBatch ? batch() : single_event();
    if (!walked || !walk_->at_end()) {
      return false;
    }
    if (form == BodyForm::kBatch && !has_batch_) {
      refusal_ = Refusal{400, "missing_batch", "the body must have an array \"batch\""};
    }
    return !refusal_;
  }

  bool batch() {
    return each_known_field([this](KnownSegmentKey known) {
      switch (known.key) {
        case SegmentKey::kBatch:
          return events();
        case SegmentKey::kSentAt:
          return time(request_.sent_at);
        case SegmentKey::kContext:
          return object_text(request_.context).has_value();
        case SegmentKey::kWriteKey:
          return write_key();
        case SegmentKey::kNumbering:
          return numbering();
        default:
          return walk_->check(2);
      }
    });
  }

  bool single_event() {
    SegmentEvent event{.original = trim_json_space(json_)};
    walk_->start_depth();
    const bool ok = each_known_field([&](KnownSegmentKey known) {
      return known.key == SegmentKey::kWriteKey    ? write_key()
             : known.key == SegmentKey::kNumbering ? numbering()
                                                   : event_field(known, event);
    });
    event.depth = walk_->deepest();
    request_.events.push_back(event);
    return ok;
  }

  bool events() {
    request_.events.clear();
    has_batch_ = walk_->ahead() == '[';
    return has_batch_ ? walk_->each_element([this] { return batch_event(); }) : walk_->check(2);
  }

  bool batch_event() {
    if (request_.events.size() >= events_limit_) {
      refusal_ = too_many_events(events_limit_);
      return false;
    }
    SegmentEvent& event = request_.events.emplace_back();
    const char* start = walk_->position();
    walk_->start_depth();
    event.is_object = walk_->ahead() == '{';
    const bool ok =
        event.is_object
            ? each_known_field([&](KnownSegmentKey known) { return event_field(known, event); })
            : walk_->check(1);
    if (ok) {
      event.depth = walk_->deepest();
      event.original = walk_->text_since(start);
    }
    return ok;
  }

  bool event_field(KnownSegmentKey known, SegmentEvent& event) {
    const std::uint32_t bit = 1U << known.field;
    switch (known.key) {
      case SegmentKey::kText:
        return note(event, bit, text(event.text[known.field]));
      case SegmentKey::kTimestamp:
        return time(event.timestamp);
      case SegmentKey::kOriginalTimestamp:
        return time(event.original_timestamp);
      case SegmentKey::kSentAt:
        return time(event.sent_at);
      case SegmentKey::kProperties:
        return note(event, bit, object_text(event.properties));
      case SegmentKey::kContext:
        return note(event, bit, object_text(event.context));
      case SegmentKey::kTraits:
        return note(event, bit, object_text(event.traits));
      case SegmentKey::kSequence:
        return sequence(event.sequence);
      default:
        return walk_->check(2);
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
  bool each_known_field(F&& visit) {
    return walk_->each_field([&](std::string_view key) {
      return visit(find_segment_key(walk_->has_escape(key) ? unescaped(key) : key));
    });
  }

  std::string_view unescaped(std::string_view inside) {
    return unescaped_.emplace_back(index_.unescape(inside));
  }

  // Passes the value ahead; without data when it is damaged.
  std::string_view value() {
    const char* start = walk_->position();
    return walk_->check(2) ? walk_->text_since(start) : std::string_view();
  }

  // A string or a number (as it is written); null is empty. False: of another kind.
  std::optional<bool> text(std::string_view& to) {
    to = {};
    if (walk_->ahead() == '"') {
      const std::string_view inside = walk_->string();
      if (inside.data() == nullptr) {
        return std::nullopt;
      }
      to = walk_->has_escape(inside) ? unescaped(inside) : inside;
      return true;
    }
    const std::string_view raw = value();
    if (raw.empty()) {
      return std::nullopt;
    }
    to = is_number(raw) ? raw : std::string_view();
    return is_number(raw) || raw == "null";
  }

  static bool is_number(std::string_view json) {
    return json.front() == '-' || ('0' <= json.front() && json.front() <= '9');
  }

  bool time(SentTime& to) {
    to = {};
    const char* start = walk_->position();
    std::string_view written;
    const auto is_text = text(written);
    if (!is_text) {
      return false;
    }
    to.time = *is_text ? read_timestamp(written) : std::nullopt;
    to.unreadable = to.time ? std::string_view() : *is_text ? written : walk_->text_since(start);
    return true;
  }

  bool write_key() {
    std::string_view key;
    const auto useful = text(key);
    request_.write_key = useful.value_or(true) ? key : kUselessKey;
    return useful.has_value();
  }

  bool numbering() {
    const auto read =
        read_numbering(*walk_, [this](std::string_view inside) { return unescaped(inside); });
    request_.numbering = read.value_or(SentNumbering());
    return read.has_value();
  }

  bool sequence(std::uint64_t& to) {
    to = 0;
    const std::string_view raw = value();
    if (raw.empty()) {
      return false;
    }
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), to);
    to = error == std::errc() && end == raw.data() + raw.size() ? to : 0;
    return true;
  }

  // The text of an object; null is empty. False: of another kind.
  std::optional<bool> object_text(std::string_view& to) {
    to = {};
    const std::string_view raw = value();
    if (raw.empty()) {
      return std::nullopt;
    }
    if (raw.front() == '{') {
      to = raw;
    } else if (is_empty_array(raw)) {
      to = "{}";  // PHP writes an empty object like this.
    }
    return !to.empty() || raw == "null";
  }

  static bool is_empty_array(std::string_view json) {
    return json.front() == '[' && trim_json_space(json.substr(1)) == "]";
  }

  JsonIndex index_;
  std::string_view json_;
  std::deque<std::string> unescaped_;  // Strings that have escapes.
  std::optional<JsonWalk> walk_;
  std::optional<Refusal> refusal_;
  SegmentRequest request_;
  std::size_t events_limit_ = 0;
  bool has_batch_ = false;
};

SegmentWalk::SegmentWalk() : impl_(std::make_unique<Impl>()) {}
SegmentWalk::~SegmentWalk() = default;

bool SegmentWalk::read(std::string_view json, BodyForm form, std::size_t events_limit) {
  return impl_->read(json, form, events_limit);
}

SegmentRequest& SegmentWalk::request() {
  return impl_->request();
}

const std::optional<Refusal>& SegmentWalk::refusal() const {
  return impl_->refusal();
}

}  // namespace hapax
