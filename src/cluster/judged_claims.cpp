// SPDX-License-Identifier: Apache-2.0
#include "cluster/judged_claims.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace hapax {
namespace {

constexpr std::size_t kRecordsAtOnce = 1024;

}  // namespace

JudgedClaims::JudgedClaims(PartitionId partition, Topic& claims, Topic& verdicts,
                           std::shared_ptr<JudgeState> state)
    : partition_(partition), claims_(claims), state_(std::move(state)), verdicts_(verdicts) {}

void JudgedClaims::begin(Offset position, bool speaks) {
  position_ = position;
  speaks_ = speaks;
  reader_ = claims_.read(partition_, position_);
}

Result<void> JudgedClaims::step() {
  verdicts_.step();
  HAPAX_ASSIGN(const auto records, reader_->poll(kRecordsAtOnce));
  for (const TopicRecord& record : records) {
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

Result<void> JudgedClaims::judge(const TopicRecord& record) {
  HAPAX_ASSIGN(const ClaimRecord claims, decode_claims(record.entry.value));
  if (const auto* mark = std::get_if<SettledMark>(&claims)) {
    return state_->judge().settle(*mark);
  }
  HAPAX_ASSIGN(const VerdictBlock block, state_->judge().judge(std::get<ClaimBlock>(claims)));
  if (speaks_) {
    say(block);
  }
  return {};
}

void JudgedClaims::speak(bool speaks) {
  if (speaks && !speaks_) {
    for (const VerdictBlock& block : state_->judge().unsettled()) {
      say(block);
    }
  }
  speaks_ = speaks;
}

void JudgedClaims::say(const VerdictBlock& block) {
  if (!block.decided.empty()) {
    verdicts_.append(block.partition, {.header = {}, .value = encode_verdicts(block)});
  }
}

}  // namespace hapax
