// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/publication.hpp"

#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "adapters/postgres/errors.hpp"

namespace hapax::postgres {
namespace {

/// So many pieces may be at the server without an answer: it has the next one when it is done.
constexpr std::size_t kAskedAheadMax = 3;

constexpr std::uint64_t kVersionMax = std::numeric_limits<std::int64_t>::max();

}  // namespace

Publication::Publication(PartitionId partition, PartitionUpdate update, const Texts& texts,
                         const PostgresSettings& settings)
    : partition_(partition), update_(std::move(update)), texts_(texts), settings_(settings) {
  if (update_.version > kVersionMax || partition_.value() > std::numeric_limits<int>::max()) {
    outcome_ = Error{ErrorKind::kInvalid,
                     fmt::format("version {} of partition {} cannot be published", update_.version,
                                 partition_.value()),
                     "PostgreSQL has room for 63 bits of a version, and 31 of a partition"};
  }
}

Link::Asked Publication::asked(Question question) {
  ++awaited_;
  return {std::move(question), [this](const PGresult& answer) {
            --awaited_;
            if (!is_done(answer) && !failed_) {
              failed_ = error_of(fmt::format("publish partition {}", partition_.value()), answer,
                                 settings_);
            }
          }};
}

void Publication::go_on(Link& link) {
  if (outcome_ || !link.is_ready()) {
    return;
  }
  switch (phase_) {
    case Phase::kBegin:
      if (awaited_ == 0) {
        begin(link);
      }
      break;
    case Phase::kChange:
      change(link);
      break;
    case Phase::kEnd:
      if (awaited_ == 0 && failed_) {  // What was to end it did not.
        roll_back(link);
      }
      break;
  }
}

void Publication::begin(Link& link) {
  std::vector<Link::Asked> questions;
  questions.push_back(asked(Question(texts_.begin)));
  questions.push_back(asked(Question(texts_.add_partition).int4(partition_.value())));
  Link::Asked lock = asked(Question(texts_.lock_partition).int4(partition_.value()));
  lock.answer = [this, note = std::move(lock.answer)](const PGresult& answer) {
    note(answer);
    take_version(answer);
  };
  questions.push_back(std::move(lock));
  link.ask(std::move(questions));
}

void Publication::take_version(const PGresult& answer) {
  phase_ = Phase::kChange;
  if (failed_) {
    return;
  }
  const std::uint64_t standing = PQntuples(&answer) == 1 ? int8_in(answer, 0, 0) : 0;
  if (standing >= update_.version) {
    is_needless_ = true;
  } else if (standing < update_.since) {
    failed_ = Error{ErrorKind::kInvalid,
                    fmt::format("cannot publish partition {} in {}: it stands at version {}, the "
                                "update is since {}",
                                partition_.value(), place_of(settings_), standing, update_.since),
                    "publish all of it"};
  }
}

void Publication::change(Link& link) {
  while (!failed_ && !is_needless_) {
    if (!link.is_ready() || !link.is_flushed() || awaited_ >= kAskedAheadMax) {
      return;
    }
    auto piece = pieces_.next();
    if (!piece) {
      set_version(link);
      return;
    }
    std::vector<Link::Asked> questions;
    questions.push_back(asked(std::move(*piece)));
    link.ask(std::move(questions));
  }
  if (awaited_ == 0 && link.is_ready()) {
    roll_back(link);
  }
}

void Publication::set_version(Link& link) {
  phase_ = Phase::kEnd;
  std::vector<Link::Asked> questions;
  questions.push_back(asked(Question(texts_.set_version)
                                .int4(partition_.value())
                                .int8(update_.version)
                                .bytes(update_.change.manifest)));
  Link::Asked commit = asked(Question(texts_.commit));
  commit.answer = [this, note = std::move(commit.answer)](const PGresult& answer) {
    note(answer);
    // A transaction in which something failed is rolled back by COMMIT, which says so.
    if (!failed_ && std::string_view(PQcmdStatus(const_cast<PGresult*>(&answer))) != "COMMIT") {
      failed_ = unavailable(fmt::format("publish partition {}", partition_.value()),
                            "the transaction was rolled back", settings_);
    }
    if (!failed_) {
      outcome_ = Result<void>();
    }
  };
  questions.push_back(std::move(commit));
  link.ask(std::move(questions));
}

void Publication::roll_back(Link& link) {
  phase_ = Phase::kEnd;
  std::vector<Link::Asked> questions;
  questions.push_back({Question(texts_.rollback), [this](const PGresult&) {
                         outcome_ = failed_ ? Result<void>(*failed_) : Result<void>();
                       }});
  ++awaited_;  // Nothing else is asked any more.
  link.ask(std::move(questions));
}

}  // namespace hapax::postgres
