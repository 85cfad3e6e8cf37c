// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <thread>

#include "core/mutex.hpp"

namespace hapax {

/// The way from clients to a broker, on which requests to append can be held up: a connection whose
/// next request is one stays where it is, with all that comes behind, even when its client is gone.
/// The broker gets them when they are let go, on the connection that they were sent on.
/// Threading: one owner, beside the thread that passes everything on.
class HeldWay {
 public:
  /// Listens on `port` of this machine, and leads to `broker_port`.
  HeldWay(std::uint16_t port, std::uint16_t broker_port);
  ~HeldWay();
  HeldWay(const HeldWay&) = delete;
  HeldWay& operator=(const HeldWay&) = delete;

  /// Whether requests to append are held up from now on. Those that are stay so.
  void hold(bool held);
  /// How many requests to append are held up.
  std::size_t held_count();
  /// Lets go what is held up, and waits until the broker has answered to it.
  void let_go();

 private:
  struct Connection {
    int client;
    int broker;
    std::string request = {};  // What the client has sent that is not passed on.
    bool held = false;
    bool let_go = false;
    bool answered = false;
    bool client_is_gone = false;
  };

  void run(const std::stop_token& stop);
  void accept_one() HAPAX_REQUIRES(mutex_);
  /// False when there is nothing more to come.
  bool take_from_client(Connection& connection) HAPAX_REQUIRES(mutex_);
  bool take_from_broker(Connection& connection) HAPAX_REQUIRES(mutex_);
  bool pass_requests(Connection& connection) HAPAX_REQUIRES(mutex_);

  const std::uint16_t broker_port_;
  int listener_ = -1;
  Mutex mutex_;
  bool hold_ HAPAX_GUARDED_BY(mutex_) = false;
  std::list<Connection> connections_ HAPAX_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace hapax
