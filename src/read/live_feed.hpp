// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "core/mutex.hpp"
#include "http/http.hpp"
#include "ports/clock.hpp"
#include "ports/view_store.hpp"
#include "read/answer_budget.hpp"
#include "read/changed_cells.hpp"

namespace hapax {

struct LiveFeedSettings {
  std::size_t streams_limit = 1000;
  /// A piece is closed when it is longer, so it is that and a cell at most.
  std::size_t piece_bytes = 64U << 10U;
  /// Cells of the present state that are asked for at once.
  std::size_t page_cells = 10'000;
  /// Cells of which changes are kept for streams that are behind. One further behind is
  /// disconnected: its client comes back for the present state.
  std::size_t changed_cells_limit = 100'000;
  std::chrono::milliseconds keep_alive{15'000};
};

/// Sends cells and their changes to server-sent event streams: first the present state, then what
/// changed. The state comes page by page, the next one when the last was sent and what has changed
/// meanwhile; so a stream costs a page however many cells there are. A stream gets its next piece
/// when the last one has drained, so it goes as fast as its client; meanwhile changes of a cell
/// become one. Streams that are equally far share their pieces. Without streams the view store is
/// not asked for changes. Threading: all calls may run at the same time. Rendering has a thread of
/// its own; the store's only hands over. Lifetime: what is passed must outlive it, and the store
/// must be stopped or idle when it goes.
class LiveFeed {
 public:
  /// What a new stream gets first: the cells that started within the last kBackfill.
  static constexpr std::chrono::minutes kBackfill{15};

  LiveFeed(const LiveFeedSettings& settings, ViewStore& store, const Clock& clock,
           AnswerBudget& answers);
  ~LiveFeed();

  /// Asks for the present state and answers with a stream that begins with it, or with the error of
  /// the query, 503 streams_limit or 503 overloaded.
  void open(const HttpHandler::Respond& respond);

  /// Ends the thread: streams get nothing more.
  void stop();

  /// Streams open or being opened.
  std::size_t stream_count() const;

 private:
  struct Reader;
  struct SharedPiece {
    ChangedCells::Version from = 0;
    ChangedCells::Version to = 0;
    ChangedCells::Version newest = 0;  ///< When it was made; it holds no values of later changes.
    HttpStream::Piece text = {};
  };
  struct Change {
    ViewAnswer cells;
    ChangedCells::Version last;
  };

  bool admit(const std::shared_ptr<Reader>& reader);
  void subscribe() HAPAX_REQUIRES(mutex_);
  HttpResponse accept(const std::shared_ptr<Reader>& reader, ViewAnswer page);
  void attach(const std::shared_ptr<Reader>& reader, const std::shared_ptr<HttpStream>& stream);
  void note(const ViewAnswer& change);
  void wake();

  // Of the thread.
  void run();
  bool wait();
  std::vector<std::shared_ptr<Reader>> attached_readers();
  void take_changes();
  void send_next(const std::shared_ptr<Reader>& reader, bool keep_alive);
  HttpStream::Piece next_piece(const std::shared_ptr<Reader>& reader);
  bool take_page(Reader& reader);
  void ask_for_page(const std::shared_ptr<Reader>& reader);
  HttpStream::Piece next_of_page(Reader& reader) const;
  HttpStream::Piece next_change(Reader& reader);
  void forget_what_all_know();

  const LiveFeedSettings settings_;
  ViewStore& store_;
  const Clock& clock_;
  AnswerBudget& answers_;

  mutable Mutex mutex_;
  CondVar wake_;
  std::atomic<bool> subscribed_{false};
  std::vector<std::weak_ptr<Reader>> readers_ HAPAX_GUARDED_BY(mutex_);
  std::vector<Change> changes_ HAPAX_GUARDED_BY(mutex_);       ///< Not yet taken.
  ChangedCells::Version newest_ HAPAX_GUARDED_BY(mutex_) = 0;  ///< Of all changes.
  std::uint64_t token_ HAPAX_GUARDED_BY(mutex_) = 0;
  bool woken_ HAPAX_GUARDED_BY(mutex_) = false;
  bool stopping_ HAPAX_GUARDED_BY(mutex_) = false;

  // Of the thread.
  ChangedCells changed_;
  SharedPiece piece_;  ///< The last one made; most streams want the same.
  std::chrono::steady_clock::time_point keep_alive_next_;

  Mutex stop_mutex_;
  std::thread thread_ HAPAX_GUARDED_BY(stop_mutex_);  ///< Last: runs on all of the above.
};

}  // namespace hapax
