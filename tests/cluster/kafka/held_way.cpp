// SPDX-License-Identifier: Apache-2.0
#include "held_way.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace hapax {
namespace {

constexpr std::size_t kSizeBytes = 4;  // Of a request, before it.
constexpr std::size_t kHeadBytes = 6;  // Size and kind.
constexpr int kProduceKind = 0;        // ApiKey of a Produce request.
constexpr int kOneRoundMs = 20;        // In which the thread looks whether it is to do otherwise.
constexpr std::chrono::seconds kPatience{10};

void must(bool good, const char* what) {
  if (!good) {
    std::perror(what);
    std::abort();
  }
}

sockaddr_in address(std::uint16_t port) {
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(port);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return here;
}

int open_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(fd >= 0, "socket");
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::uint32_t number_at(std::string_view bytes, std::size_t place, std::size_t size) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(place, size)) {
    number = number << 8U | static_cast<unsigned char>(c);
  }
  return number;
}

bool is_whole(std::string_view bytes) {
  return bytes.size() >= kHeadBytes && bytes.size() - kSizeBytes >= number_at(bytes, 0, kSizeBytes);
}

bool is_produce(std::string_view request) {
  return number_at(request, kSizeBytes, 2) == kProduceKind;
}

}  // namespace

HeldWay::HeldWay(std::uint16_t port, std::uint16_t broker_port)
    : broker_port_(broker_port), listener_(open_socket()) {
  const sockaddr_in here = address(port);
  must(::bind(listener_, reinterpret_cast<const sockaddr*>(&here), sizeof(here)) == 0, "bind");
  must(::listen(listener_, SOMAXCONN) == 0, "listen");
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

HeldWay::~HeldWay() {
  thread_.request_stop();
  thread_.join();
  const MutexLock lock(mutex_);
  for (const Connection& connection : connections_) {
    ::close(connection.client);
    ::close(connection.broker);
  }
  ::close(listener_);
}

void HeldWay::hold(bool held) {
  const MutexLock lock(mutex_);
  hold_ = held;
}

std::size_t HeldWay::held_count() {
  const MutexLock lock(mutex_);
  std::size_t count = 0;
  for (const Connection& connection : connections_) {
    std::string_view left = connection.held ? connection.request : std::string_view();
    while (is_whole(left)) {
      count += is_produce(left) ? 1 : 0;
      left.remove_prefix(kSizeBytes + number_at(left, 0, kSizeBytes));
    }
  }
  return count;
}

void HeldWay::let_go() {
  std::size_t waiting = 0;
  {
    const MutexLock lock(mutex_);
    for (Connection& connection : connections_) {
      if (connection.held) {
        connection.held = false;
        connection.let_go = true;
        connection.answered = !pass_requests(connection);
      }
    }
  }
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(kOneRoundMs));
    const MutexLock lock(mutex_);
    waiting = static_cast<std::size_t>(std::ranges::count_if(
        connections_, [](const Connection& c) { return c.let_go && !c.answered; }));
  } while (waiting > 0 && std::chrono::steady_clock::now() < end);
}

void HeldWay::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> waiting{{.fd = listener_, .events = POLLIN, .revents = 0}};
    {
      const MutexLock lock(mutex_);
      for (const Connection& connection : connections_) {
        waiting.push_back({.fd = connection.client_is_gone ? -1 : connection.client,
                           .events = POLLIN,
                           .revents = 0});
        waiting.push_back({.fd = connection.broker, .events = POLLIN, .revents = 0});
      }
    }
    ::poll(waiting.data(), waiting.size(), kOneRoundMs);
    const MutexLock lock(mutex_);
    std::size_t place = 1;
    for (auto connection = connections_.begin(); connection != connections_.end(); place += 2) {
      bool stays = true;
      if (waiting[place].revents != 0) {
        stays = take_from_client(*connection);
      }
      if (stays && waiting[place + 1].revents != 0) {
        stays = take_from_broker(*connection);
      }
      if (stays) {
        ++connection;
        continue;
      }
      ::close(connection->client);
      ::close(connection->broker);
      connection = connections_.erase(connection);
    }
    if (waiting[0].revents != 0) {
      accept_one();
    }
  }
}

void HeldWay::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) {
    return;
  }
  const int broker = open_socket();
  const sockaddr_in there = address(broker_port_);
  if (::connect(broker, reinterpret_cast<const sockaddr*>(&there), sizeof(there)) != 0) {
    ::close(client);
    ::close(broker);
    return;
  }
  connections_.push_back({.client = client, .broker = broker});
}

bool HeldWay::take_from_client(Connection& connection) {
  std::array<char, 65536> bytes{};
  const auto count = ::recv(connection.client, bytes.data(), bytes.size(), 0);
  if (count <= 0) {
    connection.client_is_gone = true;
    return connection.held || (connection.let_go && !connection.answered);
  }
  connection.request.append(bytes.data(), static_cast<std::size_t>(count));
  return pass_requests(connection);
}

bool HeldWay::take_from_broker(Connection& connection) {
  std::array<char, 65536> bytes{};
  const auto count = ::recv(connection.broker, bytes.data(), bytes.size(), 0);
  if (count <= 0) {
    connection.answered = true;
    return false;
  }
  connection.answered = connection.answered || connection.let_go;
  if (connection.client_is_gone) {
    return true;
  }
  return send_all(connection.client, {bytes.data(), static_cast<std::size_t>(count)});
}

bool HeldWay::pass_requests(Connection& connection) {
  while (!connection.held && is_whole(connection.request)) {
    const std::size_t size = kSizeBytes + number_at(connection.request, 0, kSizeBytes);
    if (hold_ && is_produce(connection.request) && !connection.let_go) {
      connection.held = true;
      return true;
    }
    if (!send_all(connection.broker, std::string_view(connection.request).substr(0, size))) {
      return false;
    }
    connection.request.erase(0, size);
  }
  return true;
}

}  // namespace hapax
