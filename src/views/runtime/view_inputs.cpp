// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_inputs.hpp"

#include <algorithm>
#include <variant>

#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

bool is_inside_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::string_view cut(std::string_view text) {
  if (text.size() <= EventInputs::kTextBytesMax) {
    return text;
  }
  constexpr std::size_t kCharacterBytesMax = 4;
  std::size_t end = EventInputs::kTextBytesMax;
  while (end > EventInputs::kTextBytesMax - kCharacterBytesMax && is_inside_character(text[end])) {
    --end;
  }
  return text.substr(0, end);
}

}  // namespace

Result<std::uint16_t> ViewInputs::add_sample(const Field& field, bool is_hashed) {
  const FieldRef ref = paths_.add(field);
  const auto found = std::ranges::find_if(samples_, [&](const SampleField& one) {
    return one.ref.kind == ref.kind && one.ref.slot == ref.slot && one.is_hashed == is_hashed;
  });
  const auto index = static_cast<std::size_t>(found - samples_.begin());
  if (index == kSamplesMax) {
    return Error{ErrorKind::kExhausted,
                 "the views measure more than " + std::to_string(kSamplesMax) + " fields",
                 "drop views, or measure fewer fields"};
  }
  if (found == samples_.end()) {
    samples_.push_back({.ref = ref, .is_hashed = is_hashed});
  }
  return static_cast<std::uint16_t>(index);
}

void EventInputs::read(const KeyedEvent& event) {
  event_ = &event;
  ++number_;
  inputs_.paths().extract(event.event, values_);
}

Value EventInputs::value(FieldRef ref) const {
  Value value = value_of(ref, event_->event, values_);
  if (auto* text = std::get_if<std::string_view>(&value)) {
    *text = cut(*text);
  }
  return value;
}

std::span<const Sample> EventInputs::samples(std::span<const std::uint16_t> wanted) {
  samples_.resize(inputs_.samples().size());
  made_for_.resize(inputs_.samples().size());
  for (const std::uint16_t index : wanted) {
    if (made_for_[index] != number_) {
      samples_[index] = make(inputs_.samples()[index]);
      made_for_[index] = number_;
    }
  }
  return samples_;
}

Sample EventInputs::make(const ViewInputs::SampleField& field) {
  Sample sample{.value = value(field.ref)};
  if (field.is_hashed) {
    sample.hash = hash(field.ref, sample.value);
  }
  return sample;
}

std::uint64_t EventInputs::hash(FieldRef ref, const Value& value) {
  if (ref.kind == FieldKind::kUser) {
    return event_->identity;
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return hasher_.identity(*text);
  }
  bytes_.clear();
  append_group_value(value, bytes_);
  return hasher_.value(bytes_);
}

}  // namespace hapax
