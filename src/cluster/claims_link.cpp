// SPDX-License-Identifier: Apache-2.0
#include "cluster/claims_link.hpp"

#include <utility>

namespace hapax {
namespace {

constexpr std::size_t kRecordsAtOnce = 1024;

}  // namespace

void ClaimsLink::claim(const std::vector<Claim>& claims) {
  if (claims.empty()) {
    return;
  }
  std::vector<ClaimBlock> blocks(claims_.partition_count());
  for (const Claim& claim : claims) {
    blocks[claims_partition(claim.seen.id, claims_.partition_count())].claims.push_back(claim);
  }
  for (std::uint32_t p = 0; p < blocks.size(); ++p) {
    if (!blocks[p].claims.empty()) {
      blocks[p].partition = partition_;
      appender_.append(PartitionId(p), {.header = {}, .value = encode_claims(blocks[p])});
    }
  }
}

void ClaimsLink::settle(const SettledMark& mark) {
  if (settled_ == mark) {
    return;
  }
  settled_ = mark;
  for (std::uint32_t p = 0; p < claims_.partition_count(); ++p) {
    appender_.append(PartitionId(p), {.header = {}, .value = encode_claims(mark)});
  }
}

Result<void> ClaimsLink::step(const Tell& tell) {
  appender_.step();
  HAPAX_ASSIGN(const auto records, reader_->poll(kRecordsAtOnce));
  for (const TopicRecord& record : records) {
    HAPAX_ASSIGN(const VerdictBlock block, decode_verdicts(record.entry.value));
    tell(record.offset, block);
  }
  ask_for_end();
  return {};
}

void ClaimsLink::ask_for_end() {
  if (end_ || std::exchange(asking_end_, true)) {
    return;
  }
  verdicts_.end_offset(partition_, [this](const Result<Offset>& end) {
    asking_end_ = false;
    if (end) {
      end_ = *end;
    }
  });
}

}  // namespace hapax
