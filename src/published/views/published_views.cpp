// SPDX-License-Identifier: Apache-2.0
#include "published/views/published_views.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <future>
#include <utility>

#include "core/give.hpp"
#include "core/thread_name.hpp"
#include "views/runtime/view_plan.hpp"

namespace hapax {
namespace {

/// How long the thread sleeps when nobody waits for news.
constexpr std::chrono::seconds kIdleWait{60};
/// Looks take at most a fifth of the time.
constexpr int kPausePerLook = 4;

Error closed() {
  return {ErrorKind::kClosed, "the server is shutting down", "ask again once it has started"};
}

Error not_in_a_cluster(const std::string& what) {
  return {ErrorKind::kInvalid, what + " not known of a cluster yet",
          "a single machine (hapax serve) knows them"};
}

constexpr const char* kSampled =
    "in a partition more keys came than are counted, so it counts a sample of them; samples of "
    "several partitions are not added up yet: raise keys_bytes_max";

/// What was said of the same events, or fewer, holds on: an owner that has just taken over may know
/// less of time than the one before.
void hold(const SumOfPartitions& before, SumOfPartitions& now) {
  if (!may_be_one_log(before.processed.log, now.processed.log) ||
      !std::ranges::equal(before.processed.next, now.processed.next, std::less_equal())) {
    return;  // The store has lost something.
  }
  now.watermark = std::max(now.watermark, before.watermark);
  now.complete_until = std::max(now.complete_until, before.complete_until);
  for (auto& [id, view] : now.views) {
    const auto known = before.views.find(id);
    if (known != before.views.end()) {
      view.living_from = std::max(view.living_from, known->second.living_from);
      if (view.settled_until && known->second.settled_until) {
        view.settled_until = std::max(view.settled_until, known->second.settled_until);
      }
    }
  }
}

/// What `read` says, or throws.
template <typename Read>
auto guarded(const Read& read) -> decltype(read()) {
  try {
    return read();
  } catch (const std::exception& exception) {
    return Error{ErrorKind::kExhausted, std::string("no answer: ") + exception.what(),
                 "ask again, or for less"};
  }
}

}  // namespace

PublishedViews::PublishedViews(const PublishedViewsSettings& settings, const Parts& parts)
    : settings_(settings), parts_(parts), tables_(parts_.reader), thread_([this] { run(); }) {}

PublishedViews::~PublishedViews() {
  stop();
}

void PublishedViews::stop() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }
  const MutexLock lock(stop_mutex_);
  if (thread_.joinable()) {
    thread_.join();
  }
}

void PublishedViews::publish_to(ViewSink& sink) {
  const MutexLock lock(mutex_);
  sink_ = &sink;
}

/// Every view is in every publication: it costs no more.
std::optional<PublicationTicket> PublishedViews::want(Want want, std::string_view /*view*/) {
  const MutexLock lock(mutex_);
  if (closed_) {
    return std::nullopt;
  }
  wanted_ = std::max(wanted_.value_or(want), want);
  changed_.notify_one();
  return published_ + 1;
}

/// Answers with what `read` returns, of a moment after this call.
template <typename T, typename Read>
void PublishedViews::ask(std::function<void(Result<T>)> answer, Read read) {
  {
    const MutexLock lock(mutex_);
    if (!closed_) {
      messages_.push_back([this, answer, read = std::move(read)] {
        give<T>(answer, guarded([&]() -> Result<T> {
                  HAPAX_TRY(look());
                  return read();
                }));
      });
      changed_.notify_one();
      return;
    }
  }
  answer(closed());
}

void PublishedViews::newest(std::optional<std::string> source,
                            std::function<void(Result<std::optional<NewestEvent>>)> answer) {
  ask(std::move(answer),
      [this, source = std::move(source)]() -> Result<std::optional<NewestEvent>> {
        return sum_.newest(source);
      });
}

void PublishedViews::views(std::function<void(Result<std::vector<ViewReport>>)> answer) {
  ask(std::move(answer), [this]() -> Result<std::vector<ViewReport>> { return make_reports(); });
}

void PublishedViews::whole_rows(WholeRowsQuery query,
                                std::function<void(Result<WholeRows>)> answer) {
  ask(std::move(answer), [this, query = std::move(query)] { return make_whole_rows(query); });
}

void PublishedViews::audit(std::function<void(Result<AuditReport>)> answer) {
  ask(std::move(answer), [this]() -> Result<AuditReport> { return sum_.books; });
}

void PublishedViews::books(std::string /*view*/, std::function<void(Result<ViewBooks>)> answer) {
  answer(not_in_a_cluster("the accounts of views by the hour are"));
}

void PublishedViews::gaps(GapQuery /*query*/, std::function<void(Result<GapReport>)> answer) {
  answer(not_in_a_cluster("losses on the way are"));
}

void PublishedViews::gap_devices(GapDevicesQuery /*query*/,
                                 std::function<void(Result<GapDevicesMoment>)> answer) {
  answer(not_in_a_cluster("losses on the way are"));
}

Result<void> PublishedViews::look_now() {
  std::promise<Result<void>> promise;
  ask<bool>(
      [&](const Result<bool>& looked) {
        promise.set_value(looked ? Result<void>() : looked.error());
      },
      []() -> Result<bool> { return true; });
  return promise.get_future().get();
}

Result<bool> PublishedViews::take_hot(const HotUpdate& update) {
  HAPAX_ASSIGN(const bool is_taken, tables_.take(update));
  if (is_taken) {
    const MutexLock lock(mutex_);
    is_told_more_ = true;
    changed_.notify_one();
  }
  return is_taken;
}

bool PublishedViews::is_provisional() const {
  const MutexLock lock(mutex_);
  return is_provisional_;
}

std::set<std::string> PublishedViews::owners() const {
  const MutexLock lock(mutex_);
  return owners_;
}

PublishedViewsStats PublishedViews::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

void PublishedViews::run() {
  name_thread("published");
  while (run_messages()) {
    try {
      publish_if_due();
    } catch (...) {  // No memory; those who wait are answered the next time.
      poll_next_ = parts_.clock.monotonic() + settings_.retry_interval;
    }
    wait();
  }
  run_messages();
  publish([]() -> Result<Publication> { return closed(); });
}

/// False once it is closed.
bool PublishedViews::run_messages() {
  std::vector<Message> messages;
  bool is_open = false;
  {
    const MutexLock lock(mutex_);
    messages.swap(messages_);
    is_open = !closed_;
  }
  for (const Message& message : messages) {
    message();
  }
  return is_open;
}

void PublishedViews::wait() {
  const Nanoseconds most = wait_max();
  const MutexLock lock(mutex_);
  const std::optional<Want> before = wanted_;
  if (before && *before != Want::kNews) {
    return;
  }
  changed_.wait_for(mutex_, most, [&]() HAPAX_REQUIRES(mutex_) {
    return !messages_.empty() || closed_ || wanted_ != before || (wanted_ && is_told_more_);
  });
  if (wanted_ && std::exchange(is_told_more_, false)) {
    poll_next_ = std::min(poll_next_, rest_until_);
  }
}

PublishedViews::Nanoseconds PublishedViews::wait_max() const {
  const MutexLock lock(mutex_);
  return wanted_ ? std::max(poll_next_ - parts_.clock.monotonic(), Nanoseconds(0))
                 : Nanoseconds(kIdleWait);
}

void PublishedViews::publish_if_due() {
  std::optional<Want> asked;
  {
    const MutexLock lock(mutex_);
    asked = wanted_;
  }
  if (!asked || (*asked == Want::kNews && !has_news())) {
    return;
  }
  publish([this] { return guarded([this] { return make(); }); });
}

/// Looks when it is time to.
bool PublishedViews::has_news() {
  if (parts_.clock.monotonic() < poll_next_) {
    return false;
  }
  const Nanoseconds began = parts_.clock.monotonic();
  const bool is_readable = look().has_value();
  const Nanoseconds ended = parts_.clock.monotonic();
  const Nanoseconds pause = is_readable ? settings_.poll_interval : settings_.retry_interval;
  rest_until_ = ended + kPausePerLook * (ended - began);
  poll_next_ = std::max(ended + pause, rest_until_);
  return is_readable ? !is_told_ : !error_told_;
}

/// What `make` makes is of a moment after all who get it have asked.
void PublishedViews::publish(const std::function<Result<Publication>()>& make) {
  PublicationTicket ticket = 0;
  ViewSink* sink = nullptr;
  {
    const MutexLock lock(mutex_);
    ticket = ++published_;
    wanted_.reset();
    sink = sink_;
  }
  if (sink != nullptr) {
    sink->take(ticket, make());
  }
}

Result<Publication> PublishedViews::make() {
  is_told_ = false;
  error_told_ = true;  // Unless it can be read.
  HAPAX_TRY(look());
  Publication publication{.processed = sum_.processed,
                          .watermark = sum_.watermark,
                          .stored = tables_.snapshot(now_.hot)};
  for (const auto& [name, served] : parts_.served.all()) {
    const PublishedView& view = sum_.views.at(served->id);
    publication.views.push_back({.id = served->id,
                                 .shape = served->shape,
                                 .table = "view." + served->id,
                                 .living_from = view.living_from,
                                 .settled_until = view.settled_until,
                                 .is_of_parts = true,
                                 .begins = true});
  }
  std::ranges::sort(publication.views, {}, &ViewChange::id);
  is_told_ = true;
  error_told_ = false;
  return publication;
}

/// Takes in what is published now, and says how it went.
Result<void> PublishedViews::look() {
  Result<PartsNow> now = tables_.now();
  const std::size_t untold = now ? now->untold : 0;
  Result<void> taken = now ? take(std::move(*now)) : now.error();
  const MutexLock lock(mutex_);
  ++stats_.looks;
  stats_.error = taken ? "" : taken.error().text();
  stats_.partitions_untold = untold;
  stats_.watermark = sum_.watermark;
  stats_.complete_until = sum_.complete_until;
  owners_ = sum_.owners;
  is_provisional_ = now_.is_provisional;
  return taken;
}

Result<void> PublishedViews::take(PartsNow now) {
  std::vector<std::uint64_t> versions;
  versions.reserve(now.partitions.size());
  for (const SaidOfPartition& partition : now.partitions) {
    versions.push_back(partition.version);
  }
  auto catalog = parts_.catalog.current();
  if (versions == versions_ && catalog == catalog_) {
    return {};
  }
  HAPAX_ASSIGN(SumOfPartitions sum, sum_of_partitions(now.partitions, settings_.partition_count));
  hold(sum_, sum);
  sum_ = std::move(sum);
  now.partitions.clear();
  now_ = std::move(now);
  catalog_ = std::move(catalog);
  is_told_ = false;
  serve();
  versions_ = std::move(versions);  // Last: after an exception before it all is taken again.
  return {};
}

void PublishedViews::serve() {
  const ServedViews::ByName before = parts_.served.all();
  ServedViews::ByName served;
  for (const CatalogView& view : catalog_->views) {
    const auto found = sum_.views.find(view.id);
    auto shape = found != sum_.views.end() && !found->second.is_sampled ? shape_of(view) : nullptr;
    if (!shape) {
      continue;
    }
    const auto known = before.find(view.spec.name);
    const bool is_same = known != before.end() && known->second->id == view.id &&
                         known->second->complete_from == found->second.complete_from &&
                         known->second->retired_at == view.retired_at;
    served.emplace(view.spec.name, is_same ? known->second
                                           : std::make_shared<const ServedView>(ServedView{
                                                 .id = view.id,
                                                 .shape = std::move(shape),
                                                 .complete_from = found->second.complete_from,
                                                 .retired_at = view.retired_at}));
  }
  parts_.served.set(std::move(served));
}

/// Null: it cannot be made.
std::shared_ptr<const ViewShape> PublishedViews::shape_of(const CatalogView& view) {
  std::shared_ptr<const ViewShape>& shape = shapes_[view.id];
  if (!shape) {
    ViewInputs inputs;
    const Result<ViewPlan> plan = ViewPlan::create(view.spec, inputs, 0);
    shape = plan ? plan->shape() : nullptr;
  }
  return shape;
}

Result<WholeRows> PublishedViews::make_whole_rows(const WholeRowsQuery& query) {
  const ServedViews::ByName served = parts_.served.all();
  const auto found =
      std::ranges::find_if(served, [&](const auto& one) { return one.second->id == query.view; });
  if (found == served.end()) {
    return view_gone();
  }
  const PublishedView& view = sum_.views.at(query.view);
  RowSnapshot rows =
      RowSnapshot::of_parts(found->second->shape, "view." + query.view, tables_.snapshot(now_.hot));
  rows.drop_before(view.living_from);
  rows.settle(view.settled_until);
  return WholeRows{.rows = std::move(rows), .watermark = sum_.watermark};
}

std::vector<ViewReport> PublishedViews::make_reports() {
  std::vector<ViewReport> reports;
  for (const CatalogView& view : catalog_->views) {
    ViewReport& report = reports.emplace_back(ViewReport{.id = view.id, .shape = shape_of(view)});
    const auto found = sum_.views.find(view.id);
    if (found == sum_.views.end()) {
      report.state = ViewState::kWaiting;
      if (const auto made = sum_.making.find(view.id); made != sum_.making.end()) {
        report.state = ViewState::kBackfilling;
        report.error = made->second.error;
        report.progress = {.records_done = made->second.records_done,
                           .records_total = made->second.records_total};
      }
      continue;
    }
    const PublishedView& sum = found->second;
    report.error = sum.is_sampled ? kSampled : "";
    report.complete_from = sum.complete_from;
    report.account = {.matching = sum.account.matching,
                      .counted = sum.account.counted,
                      .expired = sum.account.expired,
                      .without_key = sum.account.without_key,
                      .in_cells = sum.in_cells,
                      .kind_mismatches = sum.kind_mismatches};
  }
  return reports;
}

}  // namespace hapax
