// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/mutex.hpp"
#include "numbers/gap_source.hpp"
#include "ports/clock.hpp"
#include "ports/view_store.hpp"
#include "published/sum_of_partitions.hpp"
#include "published/views/tables_of_parts.hpp"
#include "views/catalog/view_catalog.hpp"
#include "views/runtime/served_views.hpp"
#include "views/view_source.hpp"

namespace hapax {

struct PublishedViewsSettings {
  std::uint32_t partition_count = 1;  ///< Of the topic of events.
  /// Between two looks at the view store, while somebody waits for news. Without anybody there are
  /// none.
  std::chrono::milliseconds poll_interval{20};
  std::chrono::milliseconds retry_interval{250};  ///< The same while it cannot be read.
};

struct PublishedViewsStats {
  std::string error = {};  ///< Why the view store could not be read the last time; empty: it could.
  std::uint64_t looks = 0;
  std::size_t owners_heard = 0;            ///< HotFollower::heard(), of who knows it.
  std::size_t partitions_untold = 0;       ///< Whose owners say that they tell nothing now.
  EventTime watermark = EventTime::min();  ///< The least of all partitions.
  ProcessingTime complete_until = ProcessingTime::min();  ///< Likewise.
};

/// The views that the owners of all partitions publish, as one machine gives its own to readers:
/// whenever a partition has published, a publication begins, with the tables of all of them. A view
/// is served as long as all partitions have it and count all of its keys. What is not known of all
/// partitions together, losses and accounts by the hour, is refused with a word.
/// While the view store is away whoever asks gets kUnavailable; once it is back, news.
/// Threading: all calls may run at the same time. The store is read on a thread of its own.
/// Lifetime: the parts must outlive it.
class PublishedViews : public ViewSource, public GapSource {
 public:
  struct Parts {
    ViewStoreReader& reader;
    const CatalogSource& catalog;  ///< Whose ids the partitions publish under.
    ServedViews& served;           ///< Gets the views that can be read.
    const Clock& clock;
  };

  /// publish_to() before anything is asked.
  PublishedViews(const PublishedViewsSettings& settings, const Parts& parts);
  ~PublishedViews() override;

  void publish_to(ViewSink& sink) override;
  std::optional<PublicationTicket> want(Want want, std::string_view view) override;
  void newest(std::optional<std::string> source,
              std::function<void(Result<std::optional<NewestEvent>>)> answer) override;
  void views(std::function<void(Result<std::vector<ViewReport>>)> answer) override;
  void whole_rows(WholeRowsQuery query, std::function<void(Result<WholeRows>)> answer) override;
  void books(std::string view, std::function<void(Result<ViewBooks>)> answer) override;
  void audit(std::function<void(Result<AuditReport>)> answer) override;
  void gaps(GapQuery query, std::function<void(Result<GapReport>)> answer) override;
  void gap_devices(GapDevicesQuery query,
                   std::function<void(Result<GapDevicesMoment>)> answer) override;

  /// What the owner of a partition has told, for whoever reads from now on. As
  /// TablesOfParts::take().
  Result<bool> take_hot(const HotUpdate& update);
  /// Of a partition more was told than was stored when it looked last. If not, all that anybody has
  /// read until now was stored.
  bool is_provisional() const;
  /// Where the owners of partitions are heard, as they said last.
  std::set<std::string> owners() const;

  /// Looks at the store, so that what can be read is served from the start on. Errors: those of the
  /// store; kUnavailable, a partition has published nothing.
  Result<void> look_now();

  /// Answers what was asked, then ends the thread.
  void stop();

  PublishedViewsStats stats() const;

 private:
  using Message = std::function<void()>;
  using Nanoseconds = std::chrono::nanoseconds;

  template <typename T, typename Read>
  void ask(std::function<void(Result<T>)> answer, Read read);

  // Of the thread.
  void run();
  bool run_messages();
  void wait();
  Nanoseconds wait_max() const;
  void publish_if_due();
  bool has_news();
  void publish(const std::function<Result<Publication>()>& make);
  Result<Publication> make();
  Result<void> look();
  Result<void> take(PartsNow now);
  void serve();
  std::shared_ptr<const ViewShape> shape_of(const CatalogView& view);
  Result<WholeRows> make_whole_rows(const WholeRowsQuery& query);
  std::vector<ViewReport> make_reports();

  const PublishedViewsSettings settings_;
  const Parts parts_;
  TablesOfParts tables_;

  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Message> messages_ HAPAX_GUARDED_BY(mutex_);
  ViewSink* sink_ HAPAX_GUARDED_BY(mutex_) = nullptr;
  std::optional<Want> wanted_ HAPAX_GUARDED_BY(mutex_);
  PublicationTicket published_ HAPAX_GUARDED_BY(mutex_) = 0;
  bool closed_ HAPAX_GUARDED_BY(mutex_) = false;
  PublishedViewsStats stats_ HAPAX_GUARDED_BY(mutex_);
  std::set<std::string> owners_ HAPAX_GUARDED_BY(mutex_);
  bool is_provisional_ HAPAX_GUARDED_BY(mutex_) = false;
  bool is_told_more_ HAPAX_GUARDED_BY(mutex_) = false;  // Since it looked last.

  // Of the thread.
  std::vector<std::uint64_t> versions_;  // By partition, that sum_ is of.
  SumOfPartitions sum_;
  PartsNow now_;                                // Of the same moment, but for what is in sum_.
  std::shared_ptr<const ViewCatalog> catalog_;  // That is served.
  std::map<std::string, std::shared_ptr<const ViewShape>, std::less<>> shapes_;  // By id.
  bool is_told_ = false;     // What versions_ and catalog_ are,
  bool error_told_ = false;  // or that the store cannot be read.
  Nanoseconds poll_next_{};
  Nanoseconds rest_until_{};  // After a look that took long.

  Mutex stop_mutex_;
  std::thread thread_ HAPAX_GUARDED_BY(stop_mutex_);  // Last: runs on all of the above.
};

}  // namespace hapax
