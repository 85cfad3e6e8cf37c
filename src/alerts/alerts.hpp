// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "alerts/alert_journal.hpp"
#include "alerts/alert_reading.hpp"
#include "alerts/alert_rule.hpp"
#include "core/mutex.hpp"
#include "documents/document_store.hpp"
#include "ports/clock.hpp"
#include "ports/notifier.hpp"
#include "ports/random.hpp"
#include "ports/storage.hpp"

namespace hapax {

struct AlertsStats {
  std::uint64_t firing = 0;   ///< Alerts, now.
  std::uint64_t unknown = 0;  ///< The same of which nobody can know.
  // Since the start. Of tries to deliver:
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  // Of what was to be told:
  std::uint64_t gave_up = 0;     ///< After the last try.
  std::uint64_t superseded = 0;  ///< By news of the same alert, before it was delivered.
};

/// A rule with all that is to say of it.
struct AlertEntry {
  std::shared_ptr<const Document> document;
  std::optional<AlertRule> rule;  ///< Nothing: it cannot be read,
  std::string error;              ///< for this reason.
  AlertStatus status;
};
struct AlertsReport {
  std::vector<AlertEntry> alerts;  ///< By id.
  std::deque<Firing> firings;      ///< The last ones, the newest first.
};

/// How a test message went.
struct TestedChannel {
  Channel channel;
  std::string error;  ///< Empty: it was delivered.
};

/// Alerts: rules that users keep, what they find, and who is told. Whoever owns it calls evaluate()
/// now and then, and deliver() when there is something to deliver; each from one thread.
/// What fires is stored before anybody is told, so that a start does not tell it again; where it
/// cannot be stored it is told all the same, as a full disk may be what an alert is about. A notice
/// is delivered at least once: a crash between delivery and its note makes a second copy, with the
/// same delivery id. What is waiting is superseded by news of the same alert, which says all of it.
/// Threading: all other calls may run at the same time; they may wait for the disk.
/// Lifetime: the parts must outlive it.
class Alerts {
 public:
  struct Parts {
    Storage& storage;
    std::string directory;
    const Clock& clock;
    Random& random;
    Notifier& notifier;
    std::vector<FigureKind> figures;  ///< That rules may watch.
    ReadAlert read;                   ///< Finds what a rule watches.
    std::string mail_from = {};       ///< Empty: no mail can be sent.
  };

  /// Errors: those of the disk.
  static Result<std::unique_ptr<Alerts>> open(Parts parts);

  /// Stores a rule, as DocumentStore::put(). A webhook without a secret gets one.
  Result<DocumentStore::Changed> put(const std::string& id, AlertRule rule,
                                     const ExpectedDocument& expected);
  Result<DocumentStore::Changed> remove(const std::string& id, const ExpectedDocument& expected);
  Result<AlertRule> parse(std::string_view text, std::string_view id) const;
  /// Nothing: there is none, or it cannot be read.
  std::optional<AlertRule> rule_of(const std::string& id) const;
  DocumentStore& documents() { return *documents_; }
  const std::vector<FigureKind>& figures() const { return parts_.figures; }
  bool can_mail() const { return !parts_.mail_from.empty(); }

  AlertsReport report() const;
  AlertsStats stats() const;
  /// What could not be read at the start; empty: all could.
  const std::string& damage() const { return damage_; }

  /// Sends a test message over each channel of `rule`, once, now.
  std::vector<TestedChannel> test(const std::string& id, const AlertRule& rule,
                                  const std::stop_token& stop);

  /// Looks at all rules, once.
  void evaluate(const std::stop_token& stop = {});
  /// Tries what is due. The time until something is; nothing: nothing waits.
  std::optional<std::chrono::nanoseconds> deliver(const std::stop_token& stop = {});

 private:
  explicit Alerts(Parts parts) : parts_(std::move(parts)) {}
  struct Due {
    std::string id;
    Channel channel;
    AlertDelivery delivery;
  };

  Result<void> read_journal();
  void evaluate(const Document& document, const AlertRule& rule);
  void tell(const AlertRule& rule, NoticeKind kind, AlertStatus& status) HAPAX_REQUIRES(mutex_);
  void note_firing(const Firing& firing) HAPAX_REQUIRES(mutex_);
  void forget_dropped() HAPAX_REQUIRES(mutex_);
  void write_journal() HAPAX_REQUIRES(mutex_);
  std::optional<Due> next_due() HAPAX_REQUIRES(mutex_);
  Result<void> send(Channel channel, const AlertRule& rule, const Notice& notice,
                    const std::stop_token& stop);
  void end_try(const Due& due, const Result<void>& sent);

  const Parts parts_;
  std::unique_ptr<DocumentStore> documents_;
  std::string damage_;
  mutable Mutex mutex_;  ///< Held while the journal is written, not while anything is sent.
  AlertJournal journal_ HAPAX_GUARDED_BY(mutex_);
  bool is_changed_ HAPAX_GUARDED_BY(mutex_) = false;  ///< Since it was written.
  std::uint64_t deliveries_ HAPAX_GUARDED_BY(mutex_) = 0;
  AlertsStats stats_ HAPAX_GUARDED_BY(mutex_);
};

}  // namespace hapax
