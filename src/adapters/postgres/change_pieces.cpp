// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/change_pieces.hpp"

#include <utility>

namespace hapax::postgres {
namespace {

struct Keys {
  void add(std::string_view key) {
    heads.add(head_of(key));
    rests.add(rest_of(key));
  }
  std::size_t bytes() const { return heads.bytes() + rests.bytes(); }

  ByteaArray heads;
  ByteaArray rests;
};

}  // namespace

ChangePieces::ChangePieces(PartitionId partition, const PartitionUpdate& update, const Texts& texts,
                           const PostgresSettings& settings)
    : partition_(partition),
      update_(update),
      texts_(texts),
      settings_(settings),
      replaces_all_(update.since == 0) {}

std::optional<Question> ChangePieces::next() {
  if (!std::exchange(is_begun_, true) && replaces_all_) {
    return Question(texts_.delete_all).int4(partition_.value());
  }
  while (table_ < update_.change.tables.size()) {
    if (auto question = next_of_table()) {
      return question;
    }
    ++table_;
    was_dropped_ = false;
    range_ = 0;
    place_ = {};
  }
  return std::nullopt;
}

std::optional<Question> ChangePieces::next_of_table() {
  if (!replaces_all_) {
    if (auto question = next_erased()) {
      return question;
    }
  }
  return next_rows();
}

std::optional<Question> ChangePieces::next_erased() {
  if (!std::exchange(was_dropped_, true) && table().dropped) {
    return Question(texts_.delete_table).int4(partition_.value()).bytes(table().name);
  }
  // What was dropped needs no erasing.
  if (table().dropped || range_ == table().erased.size()) {
    return std::nullopt;
  }
  const auto& [from, to] = table().erased[range_++];
  return Question(texts_.delete_range)
      .int4(partition_.value())
      .bytes(table().name)
      .bytes(head_of(from))
      .bytes(head_of(to))
      .bytes(from)
      .bytes(to);
}

std::optional<Question> ChangePieces::next_rows() {
  if (second_) {
    return std::exchange(second_, std::nullopt);
  }
  Keys puts;
  ByteaArray values;
  Keys erasures;
  table().changes.for_each_from(place_, [&](std::string_view key, auto value) {
    if (value) {
      puts.add(key);
      values.add(*value);
    } else if (!replaces_all_ && !table().dropped) {
      erasures.add(key);
    }
    return puts.bytes() + values.bytes() + erasures.bytes() < settings_.piece_bytes &&
           values.size() + erasures.heads.size() < settings_.piece_rows;
  });
  std::optional<Question> question;
  if (erasures.heads.size() > 0) {
    question = Question(texts_.delete_keys)
                   .int4(partition_.value())
                   .bytes(table().name)
                   .array(std::move(erasures.heads))
                   .array(std::move(erasures.rests));
  }
  if (values.size() > 0) {
    second_ = std::move(question);
    question = Question(replaces_all_ ? texts_.insert : texts_.put)
                   .int4(partition_.value())
                   .bytes(table().name)
                   .array(std::move(puts.heads))
                   .array(std::move(puts.rests))
                   .array(std::move(values));
  }
  return question;
}

}  // namespace hapax::postgres
