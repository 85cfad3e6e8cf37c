#include "audit/books.hpp"

#include <array>
#include <span>

namespace hapax {
namespace {

// In the order in which they are stored (docs/formats/state.md).
constexpr std::array kCounters = {&SourceAudit::received,    &SourceAudit::accepted,
                                  &SourceAudit::rejected,    &SourceAudit::unique,
                                  &SourceAudit::duplicate,   &SourceAudit::conflict,
                                  &SourceAudit::on_time,     &SourceAudit::late,
                                  &SourceAudit::clock_ahead, &SourceAudit::before_epoch};
constexpr std::array kDigests = {&SourceAudit::received_digest, &SourceAudit::accepted_digest,
                                 &SourceAudit::rejected_digest, &SourceAudit::unique_digest,
                                 &SourceAudit::duplicate_digest};

}  // namespace

SourceAudit& Books::account(std::string_view source) {
  auto found = accounts_.find(source);
  if (found == accounts_.end()) {
    found = accounts_.emplace(std::string(source), SourceAudit{}).first;
    found->second.source = source;
  }
  return found->second;
}

void Books::enter_rejected(const EventView& event, const Hash128& id) {
  SourceAudit& audit = account(event.source);
  ++audit.received;
  audit.received_digest.add(id);
  ++audit.rejected;
  audit.rejected_digest.add(id);
}

void Books::enter(const EventView& event, const Hash128& id, Seen seen, bool late) {
  SourceAudit& audit = account(event.source);
  ++audit.received;
  audit.received_digest.add(id);
  ++audit.accepted;
  audit.accepted_digest.add(id);
  if (seen != Seen::kFirst) {
    ++audit.duplicate;
    audit.conflict += seen == Seen::kConflict ? 1 : 0;
    audit.duplicate_digest.add(id);
    return;
  }
  ++audit.unique;
  audit.unique_digest.add(id);
  ++(late ? audit.late : audit.on_time);
  audit.clock_ahead += (event.flags & kEventFlagClockAhead) != 0 ? 1 : 0;
  audit.before_epoch += event.event_time < EventTime{} ? 1 : 0;
}

std::vector<SourceAudit> Books::sources() const {
  std::vector<SourceAudit> sources;
  sources.reserve(accounts_.size());
  for (const auto& [name, audit] : accounts_) {
    sources.push_back(audit);
  }
  return sources;
}

void Books::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(kCounters.size()));
  out.put_u32(static_cast<std::uint32_t>(kDigests.size()));
  out.put_u32(static_cast<std::uint32_t>(accounts_.size()));
  for (const auto& [name, audit] : accounts_) {
    out.put_string(name);
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
    return Error{
        ErrorKind::kInvalid, "the stored books have figures that this version does not know",
        "use the version that wrote them, or remove the state folder to rebuild it from the "
        "log"};
  }
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    SourceAudit& audit = account(in.string());
    for (const auto counter : std::span(kCounters).first(counters)) {
      audit.*counter = in.u64();
    }
    for (const auto digest : std::span(kDigests).first(digests)) {
      audit.*digest = in.digest();
    }
  }
  return {};
}

}  // namespace hapax
