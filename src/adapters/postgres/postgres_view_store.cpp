// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/postgres_view_store.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "adapters/postgres/errors.hpp"
#include "adapters/postgres/link.hpp"
#include "adapters/postgres/publication.hpp"
#include "adapters/postgres/texts.hpp"

namespace hapax {

using postgres::Link;
using postgres::Question;

/// A call of the port on its way.
class PostgresViewStore::Call {
 public:
  virtual ~Call() = default;
  /// Asks what is next. To be called whenever the link has run.
  virtual void go_on(Link& link) = 0;
  virtual bool is_over() const = 0;
  /// It was under way, or could not be: it is over.
  virtual void lose(const Error& lost) = 0;
  /// The callback with how it ended.
  virtual std::function<void()> answer() = 0;
};

class PostgresViewStore::PublishCall : public Call {
 public:
  PublishCall(PartitionId partition, PartitionUpdate update, const Parts& parts, Done done);

  void go_on(Link& link) override { publication_.go_on(link); }
  bool is_over() const override { return lost_ || publication_.outcome(); }
  void lose(const Error& lost) override { lost_ = publication_.outcome_of_loss(lost); }
  std::function<void()> answer() override {
    Result<void> outcome = lost_ ? Result<void>(*lost_) : *publication_.outcome();
    return [done = std::move(done_), outcome = std::move(outcome)] { done(outcome); };
  }

 private:
  postgres::Publication publication_;
  Done done_;
  std::optional<Error> lost_;
};

class PostgresViewStore::VersionCall : public Call {
 public:
  VersionCall(PartitionId partition, const Parts& parts, Found found)
      : partition_(partition), parts_(parts), found_(std::move(found)) {}

  void go_on(Link& link) override;
  bool is_over() const override { return outcome_.has_value(); }
  void lose(const Error& lost) override { outcome_ = lost; }
  std::function<void()> answer() override {
    return [found = std::move(found_), outcome = *outcome_] { found(outcome); };
  }

 private:
  void take(const PGresult& answer);

  const PartitionId partition_;
  const Parts& parts_;
  Found found_;
  bool is_asked_ = false;
  std::optional<Result<std::uint64_t>> outcome_;
};

struct PostgresViewStore::Parts {
  Parts(PostgresSettings from, Random& random)
      : settings(std::move(from)), texts(settings.schema), link(settings, texts, random) {}

  const PostgresSettings settings;
  const postgres::Texts texts;
  Link link;
};

PostgresViewStore::PublishCall::PublishCall(PartitionId partition, PartitionUpdate update,
                                            const Parts& parts, Done done)
    : publication_(partition, std::move(update), parts.texts, parts.settings),
      done_(std::move(done)) {}

void PostgresViewStore::VersionCall::go_on(Link& link) {
  if (std::exchange(is_asked_, true)) {
    return;
  }
  std::vector<Link::Asked> questions;
  questions.push_back({Question(parts_.texts.version).int4(partition_.value()),
                       [this](const PGresult& answer) { take(answer); }});
  link.ask(std::move(questions));
}

void PostgresViewStore::VersionCall::take(const PGresult& answer) {
  if (!postgres::is_done(answer)) {
    outcome_ =
        postgres::error_of(fmt::format("read the version of partition {}", partition_.value()),
                           answer, parts_.settings);
    return;
  }
  outcome_ = PQntuples(&answer) == 0 ? std::uint64_t{0} : postgres::int8_in(answer, 0, 0);
}

Result<std::unique_ptr<PostgresViewStore>> PostgresViewStore::open(PostgresSettings settings,
                                                                   Random& random) {
  HAPAX_TRY(check_postgres_settings(settings));
  return std::unique_ptr<PostgresViewStore>(new PostgresViewStore(std::move(settings), random));
}

PostgresViewStore::PostgresViewStore(PostgresSettings settings, Random& random)
    : parts_(std::make_unique<Parts>(std::move(settings), random)) {}

PostgresViewStore::~PostgresViewStore() = default;

void PostgresViewStore::publish(PartitionId partition, PartitionUpdate update, Done done) {
  calls_.push_back(
      std::make_unique<PublishCall>(partition, std::move(update), *parts_, std::move(done)));
}

void PostgresViewStore::version(PartitionId partition, Found found) {
  calls_.push_back(std::make_unique<VersionCall>(partition, *parts_, std::move(found)));
}

void PostgresViewStore::poll(std::chrono::milliseconds wait_max) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + wait_max;
  auto left = wait_max;
  do {
    go_on();
    step(due_.empty() ? left : std::chrono::milliseconds(0));
    go_on();
    left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
  } while (due_.empty() && left.count() > 0);
  for (const auto& call : std::exchange(due_, {})) {
    call();
  }
}

/// Ends calls that are over, and asks for the first that is not.
void PostgresViewStore::go_on() {
  while (!calls_.empty()) {
    if (parts_->link.is_ready()) {
      calls_.front()->go_on(parts_->link);
    }
    if (!calls_.front()->is_over()) {
      return;
    }
    end_first();
  }
}

void PostgresViewStore::step(std::chrono::milliseconds wait_max) {
  const auto lost = parts_->link.run(wait_max);
  if (!lost) {
    return;
  }
  // Only the first one can have been under way. The others wait for the next attempt, unless this
  // was one.
  for (std::size_t i = lost->was_ready ? 1 : calls_.size(); i > 0 && !calls_.empty(); --i) {
    if (!calls_.front()->is_over()) {
      calls_.front()->lose(lost->error);
    }
    end_first();
  }
}

void PostgresViewStore::end_first() {
  due_.push_back(calls_.front()->answer());
  calls_.pop_front();
}

}  // namespace hapax
