// SPDX-License-Identifier: Apache-2.0
#include "cluster/claims_owner.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bytes/bytes.hpp"
#include "core/time_math.hpp"

namespace hapax {
namespace {

constexpr std::size_t kRecordsAtOnce = 256;

}  // namespace

ClaimsOwner::ClaimsOwner(PartitionId partition, const Parts& parts)
    : partition_(partition),
      claims_(parts.claims),
      state_(parts.state),
      keeper_({.objects = parts.objects, .random = parts.random, .line = parts.line},
              {.state = fmt::format("claims-{}", partition.value()),
               .kind = RestorationLine::Kind::kJudge,
               .saves_per_collection = parts.saves_per_collection,
               .topics = {{.what = "events", .topic = &parts.events},
                          {.what = "claims", .topic = &parts.claims},
                          {.what = "verdicts", .topic = &parts.verdicts}}}),
      restoration_(parts.side),
      verdicts_(parts.verdicts),
      trimmer_(parts.claims, partition),
      retention_(parts.retention) {}

Result<void> ClaimsOwner::step() {
  keeper_.step();
  if (keeper_.failure()) {
    return *keeper_.failure();
  }
  if (keeper_.is_deposed() || !keeper_.is_here()) {
    return {};
  }
  if (!restored_) {
    HAPAX_TRY(restore());
    if (!restored_) {
      return {};
    }
  }
  verdicts_.step();
  if (Result<void> judged = judge(); !judged) {
    return judged;
  }
  return save();
}

Result<void> ClaimsOwner::restore() {
  if (!restoration_.has_begun()) {
    return begin_restoring();
  }
  if (!restoration_.outcome()) {
    return {};
  }
  HAPAX_TRY(Result<void>(*restoration_.outcome()));
  saved_ = position_;
  reader_ = claims_.read(partition_, position_);
  restored_ = true;
  return {};
}

Result<void> ClaimsOwner::begin_restoring() {
  const Manifest& manifest = keeper_.current();
  ByteReader in(manifest.payload);
  if (!manifest.payload.empty()) {
    position_ = Offset(in.u64());
  }
  std::string payload = manifest.payload.empty() ? std::string() : in.string();
  if (!in.ok()) {
    return Error{ErrorKind::kCorrupt, "a manifest of claims ends early"};
  }
  restoration_.begin(state_, std::move(payload), keeper_.take_files());
  return {};
}

Result<void> ClaimsOwner::judge() {
  Result<std::span<const TopicRecord>> records = reader_->poll(kRecordsAtOnce);
  if (!records) {
    return std::move(records).error();
  }
  for (const TopicRecord& record : *records) {
    if (Result<void> judged = judge(record); !judged) {
      // Judged again from here: what was decided of it already stands.
      reader_ = claims_.read(partition_, position_);
      return judged;
    }
    taken_ = std::max(taken_, record.appended_at);
    position_ = advance(record.offset, 1);
  }
  position_ = reader_->position();
  return {};
}

Result<void> ClaimsOwner::judge(const TopicRecord& record) {
  const Result<ClaimRecord> claims = decode_claims(record.entry.value);
  if (!claims) {
    return claims.error();
  }
  if (const auto* mark = std::get_if<SettledMark>(&*claims)) {
    return state_->judge().settle(*mark);
  }
  Result<VerdictBlock> block = state_->judge().judge(std::get<ClaimBlock>(*claims));
  if (!block) {
    return std::move(block).error();
  }
  if (!block->decided.empty()) {
    verdicts_.append(block->partition, {.header = {}, .value = encode_verdicts(*block)});
  }
  return {};
}

/// Whoever takes the partition over begins where the state that is kept ends, and has the answers
/// to claims below that are not settled: the claims themselves are needed by nobody.
void ClaimsOwner::request_trim() {
  if (retention_) {
    trimmer_.trim(saved_, saturating_add(taken_, -*retention_));
  }
}

Result<void> ClaimsOwner::save() {
  if (being_saved_ && keeper_.current().number >= being_saved_->number) {
    saved_ = being_saved_->position;
    being_saved_.reset();
    state_->kept(keeper_.current().files);
  }
  if (save_requested_ && !frozen_ && keeper_.is_idle() && saved_ != position_) {
    Result<StateImage> image = state_->freeze(keeper_.current().number + 1);
    if (!image) {
      return std::move(image).error();
    }
    frozen_ = {.position = position_,
               .verdicts_below = verdicts_.next_number(),
               .image = std::move(*image)};
  }
  save_requested_ = false;
  if (frozen_ && keeper_.is_idle() && verdicts_.durable_below() >= frozen_->verdicts_below) {
    std::string payload;
    ByteWriter out(payload);
    out.put_u64(frozen_->position.value());
    out.put_string(frozen_->image.payload);
    frozen_->image.payload = std::move(payload);
    keeper_.save(std::move(frozen_->image));
    being_saved_ = {.position = frozen_->position, .number = keeper_.current().number + 1};
    frozen_.reset();
  }
  return {};
}

}  // namespace hapax
