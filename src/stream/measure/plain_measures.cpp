// SPDX-License-Identifier: Apache-2.0
#include "stream/measure/plain_measures.hpp"

namespace hapax {

MeasureResult CountMeasure::finalize(const MeasureSpec& spec, Microseconds window) const {
  MeasureResult result;
  if (spec.kind == MeasureKind::kCount) {
    result.answer = count_;
  } else if (window > Microseconds::zero()) {
    constexpr double kMicrosPerSecond = 1e6;
    result.answer =
        static_cast<double>(count_) * kMicrosPerSecond / static_cast<double>(window.count());
  }
  return result;
}

MeasureResult SumMeasure::finalize(const MeasureSpec& spec, Microseconds) const {
  MeasureResult result{.skipped = skipped_};
  if (count_ == 0) {
    return result;
  }
  const double number = spec.kind == MeasureKind::kSum ? sum_.rounded() : sum_.mean(count_);
  result.answer = number;
  result.overflow = std::isinf(number);
  return result;
}

template <MeasureKind Kind>
MeasureResult EdgeMeasure<Kind>::finalize(const MeasureSpec&, Microseconds) const {
  MeasureResult result;
  std::visit([&](const auto& value) { result.answer = value; }, value_);
  return result;
}

template <MeasureKind Kind>
void EdgeMeasure<Kind>::encode(ByteWriter& out) const {
  encode_value(value_, out);
  if (!std::holds_alternative<std::monostate>(value_)) {
    out.put_time(time_);
    out.put_u64(id_.low);
    out.put_u64(id_.high);
  }
}

template <MeasureKind Kind>
bool EdgeMeasure<Kind>::decode(ByteReader& in) {
  OwnedValue value;
  if (!decode_value(in, value)) {
    return false;
  }
  if (!std::holds_alternative<std::monostate>(value)) {
    const EventTime time = in.event_time();
    const std::uint64_t low = in.u64();
    offer(view_of(value), time, {.low = low, .high = in.u64()});
  }
  return in.ok();
}

template <MeasureKind Kind>
void EdgeMeasure<Kind>::offer(const Value& value, EventTime time, const Hash128& id) {
  if (!is_absent(value) && is_better(value, time, id)) {
    value_ = own(value);
    time_ = time;
    id_ = id;
  }
}

template <MeasureKind Kind>
bool EdgeMeasure<Kind>::is_better(const Value& value, EventTime time, const Hash128& id) const {
  if (std::holds_alternative<std::monostate>(value_)) {
    return true;
  }
  if (time != time_) {
    return (Kind == MeasureKind::kFirst) == (time < time_);
  }
  return id != id_ ? id < id_ : value < view_of(value_);
}

template class EdgeMeasure<MeasureKind::kFirst>;
template class EdgeMeasure<MeasureKind::kLast>;

}  // namespace hapax
