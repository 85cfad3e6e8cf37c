// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/http/shared.hpp"
#include "core/mutex.hpp"

namespace hapax {

class Connection;

/// The answer to the request of `number` of a connection.
struct Answer {
  std::shared_ptr<Connection> connection;
  std::uint64_t request;
  HttpResponse response;
};

/// One thread with its io_context and the connections that live on it.
/// Threading: what is called from outside the thread says so.
/// Lifetime: connections hold it, since whoever holds one of them (a stream's owner, a handler that
/// has not answered yet) may let it go after the server.
class Loop {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Time = TransferRate::Time;  ///< Of the clock's monotonic().

  explicit Loop(std::shared_ptr<HttpShared> shared);

  boost::asio::io_context& context() { return context_; }
  HttpShared& shared() const { return *shared_; }

  /// The time as of the last sweep: a request asks several times.
  Time now() const { return now_; }
  /// The same as the value of a Date header.
  const std::string& date() const { return date_; }

  /// Starts the thread.
  void start();

  /// Takes over a socket of context(), as one of `self`. Any thread.
  static void adopt(const std::shared_ptr<Loop>& self, Socket socket);

  /// Hands an answer to its connection; drops it once the loop has ended. Any thread.
  void deliver(Answer answer);

  /// Runs `task` on the thread, or not at all once the loop has ended. Any thread.
  template <typename Task>
  void post(Task task) {
    const MutexLock lock(mutex_);
    if (!ended_) {
      boost::asio::post(context_, std::move(task));
    }
  }

  /// Connection::stop() on all, and closes those whose time is over. Any thread.
  void stop_connections();

  /// Closes all connections and ends the thread, when nothing that has begun is left. Not its
  /// thread.
  void join();

 private:
  void run();
  void sweep();
  void tick();
  void end();
  bool has_ended();
  void deliver_answers();
  void for_each_connection(const std::function<void(Connection&)>& visit);

  const std::shared_ptr<HttpShared> shared_;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_;
  std::list<std::weak_ptr<Connection>> connections_;
  Time now_{};
  std::string date_;
  std::vector<Answer> delivering_;

  Mutex mutex_;
  std::vector<Answer> answers_ HAPAX_GUARDED_BY(mutex_);
  bool ended_ HAPAX_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hapax
