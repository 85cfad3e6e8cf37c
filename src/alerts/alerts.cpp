// SPDX-License-Identifier: Apache-2.0
#include "alerts/alerts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "alerts/alert_message.hpp"
#include "files/whole_file.hpp"

namespace hapax {
namespace {

constexpr std::string_view kJournalFile = "journal";
constexpr std::string_view kJournalKind = "alert-journal";
/// More than kAlertsMax statuses and kFiringsKept firings can take.
constexpr std::size_t kJournalBytesMax = 16U << 20U;

std::string random_id(Random& random) {
  return fmt::format("{:016x}", random.next());
}

}  // namespace

Result<std::unique_ptr<Alerts>> Alerts::open(Parts parts) {
  std::unique_ptr<Alerts> alerts(new Alerts(std::move(parts)));
  HAPAX_ASSIGN(alerts->documents_,
               DocumentStore::open({.directory = alerts->parts_.directory,
                                    .kind = "alert",
                                    .documents_max = kAlertsMax,
                                    .bytes_max = kAlertBytesMax},
                                   alerts->parts_.storage, alerts->parts_.random));
  if (const auto read = alerts->read_journal(); !read) {
    alerts->damage_ = read.error().text();
  }
  return alerts;
}

Result<void> Alerts::read_journal() {
  const std::string path = parts_.directory + "/" + std::string(kJournalFile);
  HAPAX_ASSIGN(const auto file, read_whole_file_if_there(parts_.storage, path, kJournalBytesMax));
  if (!file) {
    return {};
  }
  HAPAX_ASSIGN(const Document document, decode_document(kJournalKind, *file));
  HAPAX_ASSIGN(AlertJournal journal, decode_journal(document.text));
  const MutexLock lock(mutex_);
  journal_ = std::move(journal);
  for (auto& [id, status] : journal_.statuses) {
    for (auto& delivery : status.deliveries) {
      if (delivery) {
        delivery->number = ++deliveries_;
      }
    }
  }
  return {};
}

/// What cannot be written now is written with what comes next.
void Alerts::write_journal() {
  const Document document{
      .id = {}, .revision = random_id(parts_.random), .text = encode_journal(journal_)};
  is_changed_ = !write_whole_file(parts_.storage, parts_.directory, std::string(kJournalFile),
                                  encode_document(kJournalKind, document));
}

Result<AlertRule> Alerts::parse(std::string_view text, std::string_view id) const {
  return parse_alert(text, id, parts_.figures);
}

std::optional<AlertRule> Alerts::rule_of(const std::string& id) const {
  const auto document = documents_->find(id);
  auto rule = document != nullptr && document->damage.empty()
                  ? parse(document->text, id)
                  : Error{ErrorKind::kInvalid, "there is none"};
  return rule ? std::optional(std::move(*rule)) : std::nullopt;
}

Result<DocumentStore::Changed> Alerts::put(const std::string& id, AlertRule rule,
                                           const ExpectedDocument& expected) {
  const auto before = rule_of(id);
  HAPAX_ASSIGN(AlertRule whole, with_secrets_of(before ? &*before : nullptr, std::move(rule), id));
  if (!whole.webhook_url.empty() && whole.webhook_secret.empty()) {
    whole.webhook_secret = random_id(parts_.random) + random_id(parts_.random);
  }
  return documents_->put(id, alert_json(whole, Secrets::kShown), expected);
}

Result<DocumentStore::Changed> Alerts::remove(const std::string& id,
                                              const ExpectedDocument& expected) {
  HAPAX_ASSIGN(const auto changed, documents_->remove(id, expected));
  const MutexLock lock(mutex_);
  forget_dropped();
  if (is_changed_) {
    write_journal();
  }
  return changed;
}

AlertsReport Alerts::report() const {
  AlertsReport report;
  const auto documents = documents_->current();
  const MutexLock lock(mutex_);
  for (const auto& [id, document] : *documents) {
    AlertEntry entry{.document = document, .rule = {}, .error = document->damage, .status = {}};
    if (entry.error.empty()) {
      auto rule = parse(document->text, id);
      entry.error = rule ? "" : rule.error().text();
      entry.rule = rule ? std::optional(std::move(*rule)) : std::nullopt;
    }
    if (const auto found = journal_.statuses.find(id); found != journal_.statuses.end()) {
      entry.status = found->second;
    }
    report.alerts.push_back(std::move(entry));
  }
  report.firings = journal_.firings;
  return report;
}

AlertsStats Alerts::stats() const {
  const MutexLock lock(mutex_);
  AlertsStats stats = stats_;
  for (const auto& [id, status] : journal_.statuses) {
    stats.firing += status.firing ? 1 : 0;
    stats.unknown += status.state == AlertState::kUnknown ? 1 : 0;
  }
  return stats;
}

void Alerts::evaluate(const std::stop_token& stop) {
  const auto documents = documents_->current();
  for (const auto& [id, document] : *documents) {
    const auto rule = document->damage.empty() ? parse(document->text, id)
                                               : Error{ErrorKind::kCorrupt, document->damage};
    if (stop.stop_requested()) {
      return;
    }
    if (rule) {
      evaluate(*document, *rule);
    }
  }
  const MutexLock lock(mutex_);
  forget_dropped();
  if (is_changed_) {
    write_journal();
  }
}

void Alerts::evaluate(const Document& document, const AlertRule& rule) {
  const auto reading = parts_.read(rule);  // Without the lock: it takes a query.
  const ProcessingTime now = parts_.clock.now();
  const MutexLock lock(mutex_);
  const auto current = documents_->find(document.id);
  if (current == nullptr || current->revision != document.revision) {
    return;  // The rule is another by now.
  }
  AlertStatus& status = journal_.statuses[document.id];
  const auto told = take_in(rule, reading, now, document.id, random_id(parts_.random), status);
  if (told) {
    note_firing(*status.firing);
    tell(rule, *told, status);
  }
  if (told == NoticeKind::kResolved) {
    status.firing.reset();
  }
  if (told) {  // Before the other thread can see it.
    write_journal();
  }
}

void Alerts::note_firing(const Firing& firing) {
  is_changed_ = true;
  const auto known = std::ranges::find(journal_.firings, firing.id, &Firing::id);
  if (known != journal_.firings.end()) {
    *known = firing;
    return;
  }
  journal_.firings.push_front(firing);
  if (journal_.firings.size() > kFiringsKept) {
    journal_.firings.pop_back();
  }
}

void Alerts::tell(const AlertRule& rule, NoticeKind kind, AlertStatus& status) {
  const Notice notice{
      .kind = kind, .firing = *status.firing, .at = *status.looked_at, .value = status.value};
  for (const Channel channel : kChannels) {
    auto& delivery = status.deliveries.at(index_of(channel));
    const bool is_waiting = delivery && delivery->state == DeliveryState::kWaiting;
    stats_.superseded += is_waiting ? 1 : 0;
    delivery.reset();
    if (has_channel(rule, channel)) {
      delivery =
          AlertDelivery{.notice = notice, .due = parts_.clock.monotonic(), .number = ++deliveries_};
    }
  }
}

/// What is known of rules that are there no more.
void Alerts::forget_dropped() {
  const auto documents = documents_->current();
  for (auto status = journal_.statuses.begin(); status != journal_.statuses.end();) {
    if (documents->contains(status->first)) {
      ++status;
      continue;
    }
    if (auto& firing = status->second.firing) {
      firing->until = parts_.clock.now();
      firing->is_dropped = true;
      note_firing(*firing);
    }
    is_changed_ = true;
    status = journal_.statuses.erase(status);
  }
}

}  // namespace hapax
