// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/view_account.hpp"

namespace hapax {

void encode_tally(const EventTally& tally, ByteWriter& out) {
  out.put_u64(tally.count);
  out.put_digest(tally.digest);
}

EventTally decode_tally(ByteReader& in) {
  const std::uint64_t count = in.u64();
  return {.count = count, .digest = in.digest()};
}

void SourceAccount::enter(const Hash128& id, EventFate fate, std::uint64_t cells,
                          std::uint64_t mismatches) {
  kind_mismatches += mismatches;
  if (fate == EventFate::kFiltered) {
    return;
  }
  matching.add(id);
  (fate == EventFate::kCounted   ? counted
   : fate == EventFate::kExpired ? expired
                                 : without_key)
      .add(id);
  in_cells += cells;
}

void SourceAccount::add(const SourceAccount& other) {
  matching.add(other.matching);
  counted.add(other.counted);
  expired.add(other.expired);
  without_key.add(other.without_key);
  in_cells += other.in_cells;
  kind_mismatches += other.kind_mismatches;
}

void encode_account(const SourceAccount& account, ByteWriter& out) {
  encode_tally(account.matching, out);
  encode_tally(account.counted, out);
  encode_tally(account.expired, out);
  encode_tally(account.without_key, out);
  out.put_u64(account.in_cells);
  out.put_u64(account.kind_mismatches);
}

SourceAccount decode_account(ByteReader& in) {
  SourceAccount account;
  account.matching = decode_tally(in);
  account.counted = decode_tally(in);
  account.expired = decode_tally(in);
  account.without_key = decode_tally(in);
  account.in_cells = in.u64();
  account.kind_mismatches = in.u64();
  return account;
}

void ViewAccount::combine(const ViewAccount& other) {
  for (const auto& [source, account] : other.sources()) {
    of(source).add(account);
  }
}

SourceAccount ViewAccount::whole() const {
  SourceAccount whole;
  for (const auto& [source, account] : sources()) {
    whole.add(account);
  }
  return whole;
}

void ViewAccount::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(sources().size()));
  for (const auto& [source, account] : sources()) {
    out.put_string(source);
    encode_account(account, out);
  }
}

bool ViewAccount::decode(ByteReader& in) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    SourceAccount& account = of(in.string());
    account.add(decode_account(in));
  }
  return in.ok();
}

}  // namespace hapax
