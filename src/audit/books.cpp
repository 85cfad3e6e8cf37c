// SPDX-License-Identifier: Apache-2.0
#include "audit/books.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace hapax {
namespace {

// In the order in which they are stored (docs/formats/state.md).
struct Figure {
  std::uint64_t SourceAudit::*value;
  bool is_time = false;  ///< Of which the newest counts, instead of the sum.

  void add(std::uint64_t more, SourceAudit& to) const {
    to.*value = is_time ? std::max(to.*value, more) : to.*value + more;
  }
};

constexpr std::array kFigures = {Figure{&SourceAudit::received},
                                 Figure{&SourceAudit::accepted},
                                 Figure{&SourceAudit::rejected},
                                 Figure{&SourceAudit::unique},
                                 Figure{&SourceAudit::duplicate},
                                 Figure{&SourceAudit::conflict},
                                 Figure{&SourceAudit::restamped},
                                 Figure{&SourceAudit::on_time},
                                 Figure{&SourceAudit::late},
                                 Figure{&SourceAudit::clock_ahead},
                                 Figure{&SourceAudit::before_epoch},
                                 Figure{&SourceAudit::newest_event, true},
                                 Figure{&SourceAudit::newest_received, true},
                                 Figure{&SourceAudit::clock_behind},
                                 Figure{&SourceAudit::clock_corrected},
                                 Figure{&SourceAudit::seconds},
                                 Figure{&SourceAudit::time_unreadable},
                                 Figure{&SourceAudit::non_number}};
struct FlagCounter {
  EventFlag flag;
  std::uint64_t SourceAudit::*counter;
};
constexpr FlagCounter kFlagCounters[] = {
    {kEventFlagClockAhead, &SourceAudit::clock_ahead},
    {kEventFlagClockBehind, &SourceAudit::clock_behind},
    {kEventFlagClockCorrected, &SourceAudit::clock_corrected},
    {kEventFlagSeconds, &SourceAudit::seconds},
    {kEventFlagTimeUnreadable, &SourceAudit::time_unreadable},
    {kEventFlagNonNumber, &SourceAudit::non_number},
};
constexpr std::array kDigests = {&SourceAudit::received_digest, &SourceAudit::accepted_digest,
                                 &SourceAudit::rejected_digest, &SourceAudit::unique_digest,
                                 &SourceAudit::duplicate_digest};

std::uint64_t since_1970(std::int64_t micros) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, micros));
}

void note_newest(const EventView& event, SourceAudit& audit) {
  audit.newest_event = std::max(audit.newest_event, since_1970(to_micros(event.event_time)));
  audit.newest_received = std::max(audit.newest_received, since_1970(to_micros(event.received_at)));
}

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
    for (const Figure& figure : kFigures) {
      figure.add(from.*figure.value, to);
    }
    for (const auto digest : kDigests) {
      (to.*digest).add(from.*digest);
    }
  }
}

void Books::enter_rejected(const EventView& event, const Hash128& id, ClockEpoch epoch) {
  SourceAudit& audit = partials_.at(epoch).of(event.source);
  ++audit.received;
  audit.received_digest.add(id);
  ++audit.rejected;
  audit.rejected_digest.add(id);
}

void Books::enter(const EventView& event, const Hash128& id, Seen seen, bool late,
                  ClockEpoch epoch) {
  SourceAudit& audit = partials_.at(epoch).of(event.source);
  ++audit.received;
  audit.received_digest.add(id);
  ++audit.accepted;
  audit.accepted_digest.add(id);
  note_newest(event, audit);
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
  for (const auto& [flag, counter] : kFlagCounters) {
    audit.*counter += (event.flags & flag) != 0 ? 1 : 0;
  }
  audit.before_epoch += event.event_time < EventTime{} ? 1 : 0;
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

std::optional<NewestEvent> Books::newest(const std::optional<std::string>& source) const {
  SourceAudit all;
  const auto look = [&](const Accounts& accounts) {
    for (const auto& [name, audit] : accounts.by_source()) {
      if (!source || *source == name) {
        all.newest_event = std::max(all.newest_event, audit.newest_event);
        all.newest_received = std::max(all.newest_received, audit.newest_received);
      }
    }
  };
  look(partials_.undoubted());
  for (const auto& [epoch, accounts] : partials_.doubted()) {
    look(accounts);
  }
  if (all.newest_received == 0) {
    return std::nullopt;
  }
  return NewestEvent{
      .event_time = event_time_from_micros(static_cast<std::int64_t>(all.newest_event)),
      .received_at = processing_time_from_micros(static_cast<std::int64_t>(all.newest_received))};
}

void Books::encode(ByteWriter& out) const {
  out.put_u32(static_cast<std::uint32_t>(kFigures.size()));
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
    for (const Figure& figure : kFigures) {
      out.put_u64(audit.*figure.value);
    }
    for (const auto digest : kDigests) {
      out.put_digest(audit.*digest);
    }
  }
}

Result<void> Books::restore(ByteReader& in) {
  const std::uint32_t figures = in.u32();
  const std::uint32_t digests = in.u32();
  if (figures > kFigures.size() || digests > kDigests.size()) {
    return Error{ErrorKind::kInvalid,
                 "the stored books have figures that this version does not know",
                 "use the version that wrote them, or remove the state folder to rebuild it from "
                 "the log"};
  }
  partials_.at(kUndoubted).restore(in, figures, digests);
  const std::uint32_t epochs = in.u32();
  for (std::uint32_t i = 0; i < epochs && in.ok(); ++i) {
    const ClockEpoch epoch(in.u32());
    partials_.at(epoch).restore(in, figures, digests);
  }
  return {};
}

void Accounts::restore(ByteReader& in, std::size_t figures, std::size_t digests) {
  const std::uint32_t count = in.u32();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    SourceAudit& audit = of(in.string());
    for (const Figure& figure : std::span(kFigures).first(figures)) {
      audit.*figure.value = in.u64();
    }
    for (const auto digest : std::span(kDigests).first(digests)) {
      audit.*digest = in.digest();
    }
  }
}

}  // namespace hapax
