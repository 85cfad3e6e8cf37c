#include "audit/books.hpp"

#include <array>
#include <span>

namespace hapax {
namespace {

// In the order in which they are stored (docs/formats/state.md).
constexpr std::array kCounters = {
    &SourceAudit::received,    &SourceAudit::accepted,    &SourceAudit::rejected,
    &SourceAudit::unique,      &SourceAudit::duplicate,   &SourceAudit::conflict,
    &SourceAudit::restamped,   &SourceAudit::on_time,     &SourceAudit::late,
    &SourceAudit::clock_ahead, &SourceAudit::before_epoch};
constexpr std::array kDigests = {&SourceAudit::received_digest, &SourceAudit::accepted_digest,
                                 &SourceAudit::rejected_digest, &SourceAudit::unique_digest,
                                 &SourceAudit::duplicate_digest};

}  // namespace

SourceAudit& Accounts::of(std::string_view source) {
  auto found = accounts_.find(source);
  if (found == accounts_.end()) {
    found = accounts_.emplace(std::string(source), SourceAudit{}).first;
    found->second.source = source;
  }
  return found->second;
}

void Accounts::combine(const Accounts& other) {
  for (const auto& [source, from] : other.accounts_) {
    SourceAudit& to = of(source);
    for (const auto counter : kCounters) {
      to.*counter += from.*counter;
    }
    for (const auto digest : kDigests) {
      (to.*digest).add(from.*digest);
    }
  }
}

void Books::enter_rejected(const EventView& event, const Hash128& id) {
  SourceAudit& audit = account_of(event);
  ++audit.received;
  audit.received_digest.add(id);
  ++audit.rejected;
  audit.rejected_digest.add(id);
}

void Books::enter(const EventView& event, const Hash128& id, Seen seen, bool late) {
  SourceAudit& audit = account_of(event);
  ++audit.received;
  audit.received_digest.add(id);
  ++audit.accepted;
  audit.accepted_digest.add(id);
  if (seen != Seen::kFirst) {
    ++audit.duplicate;
    audit.conflict += seen == Seen::kConflict ? 1 : 0;
    audit.restamped += seen == Seen::kRestamped ? 1 : 0;
    audit.duplicate_digest.add(id);
    return;
  }
  ++audit.unique;
  audit.unique_digest.add(id);
  ++(late ? audit.late : audit.on_time);
  audit.clock_ahead += (event.flags & kEventFlagClockAhead) != 0 ? 1 : 0;
  audit.before_epoch += event.event_time < EventTime{} ? 1 : 0;
}

SourceAudit& Books::account_of(const EventView& event) {
  return partials_.at(ClockEpoch(event.clock_epoch)).of(event.source);
}

std::vector<SourceAudit> Books::sources() const {
  const Accounts whole = partials_.whole();
  std::vector<SourceAudit> sources;
  sources.reserve(whole.by_source().size());
  for (const auto& [source, audit] : whole.by_source()) {
    sources.push_back(audit);
  }
  return sources;
}

void Books::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(kCounters.size()));
  out.put_u32(static_cast<std::uint32_t>(kDigests.size()));
  partials_.undoubted().encode(out);
  out.put_u32(static_cast<std::uint32_t>(partials_.doubted().size()));
  for (const auto& [epoch, accounts] : partials_.doubted()) {
    out.put_u32(epoch.value());
    accounts.encode(out);
  }
}

void Accounts::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(accounts_.size()));
  for (const auto& [source, audit] : accounts_) {
    out.put_string(source);
    for (const auto counter : kCounters) {
      out.put_u64(audit.*counter);
    }
    for (const auto digest : kDigests) {
      out.put_digest(audit.*digest);
    }
  }
}

Result<void> Books::restore(ByteReader& in) {
  const std::uint32_t counters = in.u32();
  const std::uint32_t digests = in.u32();
  if (counters > kCounters.size() || digests > kDigests.size()) {
    return Error{ErrorKind::kInvalid,
                 "the stored books have figures that this version does not know",
                 "use the version that wrote them, or remove the state folder to rebuild it from "
                 "the log"};
  }
  partials_.at(kUndoubted).restore(in, counters, digests);
  const std::uint32_t epochs = in.u32();
  for (std::uint32_t i = 0; i < epochs && in.ok(); ++i) {
    const ClockEpoch epoch(in.u32());
    partials_.at(epoch).restore(in, counters, digests);
  }
  return {};
}

void Accounts::restore(ByteReader& in, std::size_t counters, std::size_t digests) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    SourceAudit& audit = of(in.string());
    for (const auto counter : std::span(kCounters).first(counters)) {
      audit.*counter = in.u64();
    }
    for (const auto digest : std::span(kDigests).first(digests)) {
      audit.*digest = in.digest();
    }
  }
}

}  // namespace hapax
