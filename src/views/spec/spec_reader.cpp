// SPDX-License-Identifier: Apache-2.0
#include "views/spec/spec_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/nearest.hpp"
#include "views/spec/spec_text.hpp"

namespace hapax {

SpecPlace SpecPlace::member(std::string_view key) const {
  const bool is_plain = key.find_first_of(". \"") == std::string_view::npos && !key.empty();
  SpecPlace inner = *this;
  inner.path_ += path_.empty() ? "" : ".";
  inner.path_ += is_plain ? std::string(key) : fmt::format("\"{}\"", key);
  return inner;
}

SpecPlace SpecPlace::element(std::size_t index) const {
  SpecPlace inner = *this;
  inner.path_ += fmt::format("[{}]", index);
  return inner;
}

Error SpecPlace::error(std::string_view why, std::string hint) const {
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("{}: {}{}{}", view_, path_, path_.empty() ? "" : ": ", why),
          .hint = std::move(hint)};
}

Error unknown_word(std::string_view word, std::span<const std::string_view> known,
                   std::string_view what, const SpecPlace& place) {
  const auto meant = nearest(word, known);
  return place.error(fmt::format("there is no {} \"{}\"", what, word),
                     meant ? fmt::format("did you mean \"{}\"?", *meant)
                           : fmt::format("there are {}", joined(known)));
}

Result<void> check_keys(const SpecTable& table, std::span<const std::string_view> known,
                        const SpecPlace& place) {
  for (const auto& member : table) {
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      return unknown_word(member.key, known, "key", place);
    }
  }
  return {};
}

Result<std::string> read_text(const SpecNode& node, std::string_view example,
                              const SpecPlace& place) {
  constexpr std::size_t kTextBytesMax = 1'024;
  const auto* text = node.as<std::string>();
  if (text == nullptr) {
    return place.error("this must be a text", fmt::format("write it as \"{}\"", example));
  }
  if (text->size() > kTextBytesMax) {
    return place.error(fmt::format("the text is longer than {} bytes", kTextBytesMax));
  }
  return *text;
}

Result<Field> read_field(const SpecNode& node, const SpecPlace& place) {
  HAPAX_ASSIGN(const std::string text, read_text(node, "properties.plan", place));
  auto field = parse_field(text);
  if (!field) {
    return place.error(field.error());
  }
  return field;
}

}  // namespace hapax
