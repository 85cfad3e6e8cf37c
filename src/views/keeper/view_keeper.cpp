// SPDX-License-Identifier: Apache-2.0
#include "views/keeper/view_keeper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "arrival/control_append.hpp"
#include "hash/hash.hpp"
#include "views/catalog/catalog_change.hpp"
#include "views/catalog/catalog_record.hpp"
#include "views/catalog/catalog_text.hpp"

namespace hapax {
namespace {

/// Each failure leaves a file, so it is not tried again at once.
constexpr auto kTickInterval = std::chrono::minutes(10);

Error not_the_one(const std::string& path, std::string_view why) {
  return {.kind = ErrorKind::kInvalid,
          .message = fmt::format("{} {}: it says which views are declared", path, why),
          .hint = "restore the folder from the backup that the log is of"};
}

/// `text`, which must be that which the log announces.
Result<ViewCatalog> decode(const std::string& text, const CatalogAnnouncement& said,
                           const std::string& path) {
  if (hash64(text) != said.text_hash) {
    return not_the_one(path, "is not the one that the log speaks of");
  }
  auto catalog = decode_catalog(text);
  if (!catalog) {
    catalog.error().message = fmt::format("{}: {}", path, catalog.error().message);
    return catalog;
  }
  if (catalog->number != said.number) {
    return not_the_one(path, "is of another number");
  }
  return catalog;
}

bool has_beginning(const LogSource& log) {
  const auto starts = log.starts();
  return std::ranges::all_of(starts,
                             [](const PartitionStart& start) { return start.offset == Offset(0); });
}

}  // namespace

ViewKeeper::ViewKeeper(const std::string& directory, Parts parts)
    : parts_(std::move(parts)), files_(directory, parts_.storage) {}

Result<std::unique_ptr<ViewKeeper>> ViewKeeper::open(const std::string& directory, Parts parts) {
  std::unique_ptr<ViewKeeper> keeper(new ViewKeeper(directory, std::move(parts)));
  const MutexLock lock(keeper->change_mutex_);
  HAPAX_TRY(keeper->load());
  return keeper;
}

Result<void> ViewKeeper::load() {
  HAPAX_ASSIGN(const auto said, announcement_among(parts_.log.controls().at_end));
  if (said) {
    const std::string path = files_.path_of(said->number);
    HAPAX_ASSIGN(const bool is_there, parts_.storage.exists(path));
    if (!is_there) {
      return not_the_one(path, "is missing");
    }
    HAPAX_ASSIGN(const std::string text, files_.read(said->number));
    HAPAX_ASSIGN(ViewCatalog catalog, decode(text, *said, path));
    number_max_ = said->number;
    offer(std::make_shared<const ViewCatalog>(std::move(catalog)));
    settle(true);
  }
  return said ? files_.remove_others(number_max_) : Result<void>();
}

std::shared_ptr<const ViewCatalog> ViewKeeper::current() const {
  const MutexLock lock(mutex_);
  return current_;
}

std::shared_ptr<const ViewCatalog> ViewKeeper::announced(std::uint32_t number) const {
  const MutexLock lock(mutex_);
  return offered_ && offered_->number == number ? offered_ : current_;
}

Result<ViewKeeper::Changed> ViewKeeper::change(const Change& change, History history) {
  const MutexLock lock(change_mutex_);
  const auto before = current();
  ViewCatalog base = *before;
  base.number = number_max_;
  HAPAX_ASSIGN(ViewCatalog next, change(base));
  if (next.number == base.number) {
    return Changed{before, before};
  }
  if (history == History::kKept) {
    HAPAX_TRY(check_history(*before, next));
  }
  auto after = std::make_shared<const ViewCatalog>(std::move(next));
  HAPAX_TRY(announce(after));
  return Changed{before, std::move(after)};
}

Result<void> ViewKeeper::check_history(const ViewCatalog& before, const ViewCatalog& after) const {
  const auto remade = remade_view(before, after);
  if (!remade || has_beginning(parts_.log)) {
    return {};
  }
  return Error{
      .kind = ErrorKind::kInvalid,
      .message = fmt::format("view \"{}\": counted anew it would lose its windows of before "
                             "the log's beginning: what was there is not in the log any "
                             "more",
                             *remade),
      .hint =
          "declare it under another name, or say that it may lose them: "
          "drop_history=true, --drop-history of hapax view, or views.may_drop_history for those of "
          "hapax.toml"};
}

/// The number of a record that failed is not used again: its file must stay what the record says.
Result<void> ViewKeeper::announce(std::shared_ptr<const ViewCatalog> catalog) {
  const std::string text = encode_catalog(*catalog);
  HAPAX_TRY(files_.write(catalog->number, text));
  const std::string value =
      encode_announcement({.number = catalog->number, .text_hash = hash64(text)});
  number_max_ = catalog->number;
  offer(std::move(catalog));
  const auto appended = append_control(kCatalogControl, value, parts_.log, parts_.arrivals);
  settle(appended.has_value());
  HAPAX_TRY(appended);
  // What is left over is removed another time.
  files_.remove_others(number_max_).permit_unchecked_error();
  return {};
}

void ViewKeeper::offer(std::shared_ptr<const ViewCatalog> catalog) {
  const MutexLock lock(mutex_);
  offered_ = std::move(catalog);
}

void ViewKeeper::settle(bool is_announced) {
  const MutexLock lock(mutex_);
  if (is_announced) {
    current_ = std::move(offered_);
  }
  offered_.reset();
}

Result<void> ViewKeeper::tick() {
  const auto monotonic = parts_.clock.monotonic();
  if (monotonic < next_tick_ || !parts_.clock_is_believed() || !parts_.log.status().writable) {
    return {};
  }
  next_tick_ = monotonic + kTickInterval;
  const ProcessingTime now = parts_.clock.now();
  HAPAX_TRY(change([now](const ViewCatalog& catalog)
                       -> Result<ViewCatalog> { return without_expired(catalog, now); },
                   History::kKept));
  return {};
}

}  // namespace hapax
