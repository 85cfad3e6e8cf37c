#include "json/json_merge.hpp"

#include <algorithm>
#include <optional>

namespace hapax {
namespace {

// Takes objects apart that are known to be valid.
class ObjectFields {
 public:
  struct Field {
    std::string_view key;
    std::string_view text;
  };

  explicit ObjectFields(std::string_view object) : text_(object) {}

  std::optional<Field> next() {
    at_ = text_.find_first_of("\"}", at_ == 0 ? 1 : at_);
    if (at_ == std::string_view::npos || text_[at_] == '}') {
      return std::nullopt;
    }
    const std::size_t start = at_;
    const std::size_t key_end = string_end(start);
    at_ = value_end(key_end);
    return Field{.key = text_.substr(start, key_end - start),
                 .text = text_.substr(start, at_ - start)};
  }

 private:
  std::size_t string_end(std::size_t at) const {
    for (++at; text_[at] != '"'; ++at) {
      at += text_[at] == '\\' ? 1 : 0;
    }
    return at + 1;
  }

  // Where the comma or the brace after the value is.
  std::size_t value_end(std::size_t at) const {
    for (int depth = 0;;) {
      const char character = text_[at];
      if (depth == 0 && (character == ',' || character == '}')) {
        return at;
      }
      depth += character == '{' || character == '[' ? 1 : 0;
      depth -= character == '}' || character == ']' ? 1 : 0;
      at = character == '"' ? string_end(at) : at + 1;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

JsonMerge::JsonMerge(std::string_view under) {
  ObjectFields reader(under);
  while (const auto field = reader.next()) {
    fields_.push_back({.key = field->key, .text = field->text});
  }
  std::stable_sort(fields_.begin(), fields_.end(),
                   [](const Field& left, const Field& right) { return left.key < right.key; });
  const auto last_of_each =
      std::unique(fields_.rbegin(), fields_.rend(),
                  [](const Field& left, const Field& right) { return left.key == right.key; });
  fields_.erase(fields_.begin(), last_of_each.base());
}

std::string_view JsonMerge::with(std::string_view over) {
  ++merges_;
  hide_keys_of(over);
  merged_.assign(1, '{');
  for (const Field& field : fields_) {
    if (field.hidden_in != merges_) {
      append(field.text);
    }
  }
  ObjectFields reader(over);
  while (const auto field = reader.next()) {
    append(field->text);
  }
  merged_ += '}';
  return merged_;
}

void JsonMerge::hide_keys_of(std::string_view over) {
  ObjectFields reader(over);
  while (const auto field = reader.next()) {
    const auto at =
        std::lower_bound(fields_.begin(), fields_.end(), field->key,
                         [](const Field& below, std::string_view key) { return below.key < key; });
    if (at != fields_.end() && at->key == field->key) {
      at->hidden_in = merges_;
    }
  }
}

void JsonMerge::append(std::string_view field) {
  if (merged_.size() > 1) {
    merged_ += ',';
  }
  merged_ += field;
}

}  // namespace hapax
