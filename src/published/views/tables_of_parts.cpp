// SPDX-License-Identifier: Apache-2.0
#include "published/views/tables_of_parts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "published/views/laid_over_cursor.hpp"
#include "stream/stored_runs.hpp"

namespace hapax {
namespace {

/// So many partitions there are at most.
constexpr std::uint32_t kPartitionsMax = 1U << 16U;

/// What of a table of cells is to be read.
struct TableOfParts {
  std::string first;   ///< The first summary that lives.
  RowsOver over = {};  ///< What is laid over it.
};
using Tables = std::map<std::string, TableOfParts, std::less<>>;

void add_living(const PublishedManifest& manifest, Tables& tables) {
  for (const PublishedView& view : manifest.views) {
    std::string& first = tables["view." + view.account.view].first;
    first = std::max(first, summary_key(view.living_from));
  }
}

void add_over(std::uint32_t part, const HotTold& hot, Tables& tables) {
  const auto& runs = hot.rows.runs();
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    for (const auto& [name, rows] : (*run)->tables) {
      RowsOver& over = tables[name].over;
      if (over.empty() || over.back().part != part) {
        over.push_back({.part = part, .runs = {}});
      }
      over.back().runs.emplace_back(*run, &rows);
    }
  }
}

/// At one moment: what lies over it is ahead of what is stored then.
Tables tables_of(const std::vector<KnownManifests::Manifest>& stored, const HotMoment& hot) {
  Tables tables;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const KnownManifests::Manifest& manifest = stored[i];
    if (!manifest.told) {
      continue;
    }
    const HotTold* const over =
        hot && i < hot->size() ? find_hot((*hot)[i], place_of(*manifest.told), manifest.told->log)
                               : nullptr;
    add_living(over != nullptr ? *over->manifest : *manifest.told, tables);
    if (over != nullptr) {
      add_over(static_cast<std::uint32_t>(i), *over, tables);
    }
  }
  return tables;
}

/// Passes over the summaries that are before the first one which lives.
class LivingCursor : public StateCursor {
 public:
  LivingCursor(std::unique_ptr<StateCursor> cursor, std::string_view first)
      : cursor_(std::move(cursor)), first_(first) {}

  void seek(std::string_view key) override { cursor_->seek(std::max(key, first_)); }
  void next() override { cursor_->next(); }
  bool valid() const override { return cursor_->valid(); }
  std::string_view key() const override { return cursor_->key(); }
  std::string_view value() const override { return cursor_->value(); }
  std::uint32_t part() const override { return cursor_->part(); }
  Result<void> status() const override { return cursor_->status(); }

 private:
  const std::unique_ptr<StateCursor> cursor_;
  const std::string_view first_;
};

class Reader : public SnapshotReader {
 public:
  Reader(PartitionsReader& stored, Tables tables) : stored_(stored), tables_(std::move(tables)) {}

  Result<std::optional<std::string>> find(std::string_view table, std::string_view key) override {
    return find_first(table, key, std::nullopt);
  }
  Result<std::optional<std::string>> find_in(std::uint32_t part, std::string_view table,
                                             std::string_view key) override {
    return find_first(table, key, part);
  }
  std::unique_ptr<StateCursor> cursor(std::string_view table, std::string to) override {
    const auto found = tables_.find(table);
    if (found == tables_.end()) {
      return stored_.cursor(table, std::move(to));
    }
    auto cursor = stored_.cursor(table, to);
    if (!found->second.over.empty()) {
      cursor =
          std::make_unique<LaidOverCursor>(std::move(cursor), found->second.over, std::move(to));
    }
    return std::make_unique<LivingCursor>(std::move(cursor), found->second.first);
  }

 private:
  Result<std::optional<std::string>> find_first(std::string_view table, std::string_view key,
                                                std::optional<std::uint32_t> part) {
    const auto at = cursor(table, std::string(key) + '\0');
    at->seek(key);
    while (at->valid() && part && at->part() != *part) {
      at->next();
    }
    HAPAX_TRY(at->status());
    return at->valid() ? std::optional(std::string(at->value())) : std::optional<std::string>();
  }

  PartitionsReader& stored_;
  const Tables tables_;
};

class Snapshot : public StateSnapshot {
 public:
  Snapshot(std::shared_ptr<const PartitionsSnapshot> stored,
           std::shared_ptr<KnownManifests> manifests, HotMoment hot)
      : stored_(std::move(stored)), manifests_(std::move(manifests)), hot_(std::move(hot)) {}

  Result<void> read(const Read& read) const override {
    return stored_->read([&](PartitionsReader& stored) -> Result<void> {
      HAPAX_ASSIGN(const auto manifests, manifests_->of(stored));
      Reader reader(stored, tables_of(manifests, hot_));
      return read(reader);
    });
  }
  bool is_open() const override { return stored_->is_open(); }

 private:
  const std::shared_ptr<const PartitionsSnapshot> stored_;
  const std::shared_ptr<KnownManifests> manifests_;
  const HotMoment hot_;
};

}  // namespace

Result<bool> TablesOfParts::take(const HotUpdate& update) {
  const std::uint32_t partition = update.partition.value();
  if (partition >= kPartitionsMax) {
    return false;
  }
  const MutexLock lock(mutex_);
  if (hot_.size() <= partition) {
    hot_.resize(partition + 1);
  }
  return hot_[partition].take(update);
}

Result<PartsNow> TablesOfParts::now() {
  PartsNow now;
  HAPAX_ASSIGN(const auto published, reader_.published());
  HAPAX_ASSIGN(const auto manifests, manifests_->of(published));
  auto hot = std::make_shared<std::vector<std::vector<HotTold>>>();
  const MutexLock lock(mutex_);
  said_.resize(std::max(said_.size(), manifests.size()));
  for (std::size_t i = 0; i < manifests.size(); ++i) {
    const HotTold* over = nullptr;
    if (i < hot_.size() && manifests[i].told) {
      const ToldPlace stored = place_of(*manifests[i].told);
      hot_[i].pass(stored, manifests[i].told->log);
      hot->resize(i + 1);
      hot->back() = hot_[i].told();
      over = find_hot(hot->back(), stored, manifests[i].told->log);
      now.untold += hot_[i].is_untold() ? 1 : 0;
    }
    now.partitions.push_back(say(i, manifests[i], over));
    now.is_provisional = now.is_provisional || over != nullptr;
  }
  now.hot = std::move(hot);
  return now;
}

SaidOfPartition TablesOfParts::say(std::size_t partition, const KnownManifests::Manifest& stored,
                                   const HotTold* hot) {
  Said& said = said_[partition];
  const Said next{.number = said.number + 1,
                  .version = stored.version,
                  .epoch = hot != nullptr ? hot->epoch : 0,
                  .update = hot != nullptr ? hot->number : 0};
  if (next.version != said.version || next.epoch != said.epoch || next.update != said.update) {
    said = next;
  }
  return {.version = stored.version == 0 ? 0 : said.number,
          .manifest = hot != nullptr ? hot->manifest : stored.told,
          .books = stored.told};
}

std::shared_ptr<const StateSnapshot> TablesOfParts::snapshot(HotMoment hot) const {
  return std::make_shared<Snapshot>(reader_.snapshot(), manifests_, std::move(hot));
}

}  // namespace hapax
