// SPDX-License-Identifier: Apache-2.0
#include "adapters/http/loop.hpp"

#include <fmt/chrono.h>

#include <chrono>
#include <ctime>
#include <exception>

#include "adapters/http/connection.hpp"
#include "core/thread_name.hpp"

namespace hapax {
namespace asio = boost::asio;

Loop::Loop(std::shared_ptr<HttpShared> shared) : shared_(std::move(shared)), timer_(context_) {
  tick();
}

void Loop::start() {
  sweep();
  thread_ = std::thread([this] { run(); });
}

/// The sweep's timer keeps the context running until end().
void Loop::run() {
  name_thread("http");
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& error) {
      shared_->count_error(error.what());  // The handler's connection has gone with it.
    }
  }
}

void Loop::adopt(const std::shared_ptr<Loop>& self, Socket socket) {
  self->post([self, connection = std::make_shared<Connection>(std::move(socket), self)] {
    self->connections_.push_back(connection);
    if (self->shared_->stopping) {
      connection->close();
    } else {
      connection->start();
    }
  });
}

/// Answers of one group commit come together: the first wakes the thread, the others join it.
void Loop::deliver(Answer answer) {
  const MutexLock lock(mutex_);
  if (ended_) {
    return;
  }
  if (answers_.empty()) {
    asio::post(context_, [this] { deliver_answers(); });
  }
  answers_.push_back(std::move(answer));
}

void Loop::deliver_answers() {
  {
    const MutexLock lock(mutex_);
    std::swap(answers_, delivering_);
  }
  for (auto& answer : delivering_) {
    try {
      answer.connection->respond(answer.request, std::move(answer.response));
    } catch (const std::exception& error) {
      shared_->count_error(error.what());
      answer.connection->close();
    }
  }
  delivering_.clear();
}

void Loop::stop_connections() {
  post([this] {
    tick();
    for_each_connection([this](Connection& connection) {
      connection.stop();
      connection.enforce_deadline(now_);
    });
  });
}

void Loop::join() {
  post([this] { end(); });
  if (thread_.joinable()) {
    thread_.join();
  }
}

/// With the connections closed and nothing new let in, the context runs out of work.
void Loop::end() {
  timer_.cancel();
  for_each_connection([](Connection& connection) { connection.close(); });
  const MutexLock lock(mutex_);
  ended_ = true;
}

bool Loop::has_ended() {
  const MutexLock lock(mutex_);
  return ended_;
}

void Loop::for_each_connection(const std::function<void(Connection&)>& visit) {
  for (const auto& weak : connections_) {
    if (const auto connection = weak.lock()) {
      visit(*connection);
    }
  }
}

void Loop::tick() {
  now_ = shared_->clock.monotonic();
  const auto wall = std::chrono::floor<std::chrono::seconds>(shared_->clock.now());
  const std::time_t seconds = wall.time_since_epoch().count();
  date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(seconds));
}

void Loop::sweep() {
  timer_.expires_after(
      shared_->settings.sweep_interval);  // First: an exception below must not end the sweeps.
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && !has_ended()) {
      sweep();
    }
  });
  tick();
  connections_.remove_if([this](const std::weak_ptr<Connection>& weak) {
    const auto connection = weak.lock();
    if (connection) {
      connection->enforce_deadline(now_);
    }
    return connection == nullptr;
  });
}

}  // namespace hapax
