// SPDX-License-Identifier: Apache-2.0
#include "json/json_merge.hpp"

#include <algorithm>

#include "json/json_fields.hpp"

namespace hapax {
JsonMerge::JsonMerge(std::string_view under) {
  JsonFields reader(under);
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
  JsonFields reader(over);
  while (const auto field = reader.next()) {
    append(field->text);
  }
  merged_ += '}';
  return merged_;
}

void JsonMerge::hide_keys_of(std::string_view over) {
  JsonFields reader(over);
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
