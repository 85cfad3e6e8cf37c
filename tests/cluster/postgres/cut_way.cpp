// SPDX-License-Identifier: Apache-2.0
#include "cut_way.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace hapax {
namespace {

constexpr int kOneRoundMs = 20;  // In which the thread looks whether it is to do otherwise.
// As the text of a statement, and as what an answer says was done, both with the byte behind.
constexpr std::string_view kCommit("COMMIT\0", 7);

void must(bool good, const char* what) {
  if (!good) {
    std::perror(what);
    std::abort();
  }
}

sockaddr_un address(const std::string& folder) {
  sockaddr_un here{};
  here.sun_family = AF_UNIX;
  const std::string path = folder + "/.s.PGSQL.5432";
  must(path.size() < sizeof(here.sun_path), "path");
  std::memcpy(here.sun_path, path.c_str(), path.size() + 1);
  return here;
}

int open_socket() {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(fd >= 0, "socket");
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

std::string_view receive(int fd, std::array<char, 65536>& room) {
  const auto count = ::recv(fd, room.data(), room.size(), 0);
  return {room.data(), count > 0 ? static_cast<std::size_t>(count) : 0};
}

}  // namespace

CutWay::CutWay(const std::string& server_folder)
    : server_folder_(server_folder), listener_(open_socket()) {
  const sockaddr_un here = address(folder_.path());
  must(::bind(listener_, reinterpret_cast<const sockaddr*>(&here), sizeof(here)) == 0, "bind");
  must(::listen(listener_, SOMAXCONN) == 0, "listen");
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

CutWay::~CutWay() {
  thread_.request_stop();
  thread_.join();
  const MutexLock lock(mutex_);
  for (const Connection& connection : connections_) {
    ::close(connection.client);
    ::close(connection.server);
  }
  ::close(listener_);
}

void CutWay::plan(Accident accident) {
  const MutexLock lock(mutex_);
  planned_ = accident;
}

bool CutWay::has_happened() {
  const MutexLock lock(mutex_);
  return !planned_;
}

void CutWay::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> waiting{{.fd = listener_, .events = POLLIN, .revents = 0}};
    {
      const MutexLock lock(mutex_);
      for (const Connection& connection : connections_) {
        waiting.push_back({.fd = connection.client, .events = POLLIN, .revents = 0});
        waiting.push_back({.fd = connection.server, .events = POLLIN, .revents = 0});
      }
    }
    ::poll(waiting.data(), waiting.size(), kOneRoundMs);
    const MutexLock lock(mutex_);
    std::size_t place = 1;
    for (auto at = connections_.begin(); at != connections_.end(); place += 2) {
      const bool stays = (waiting[place].revents == 0 || take_from_client(*at)) &&
                         (waiting[place + 1].revents == 0 || take_from_server(*at));
      if (stays) {
        ++at;
        continue;
      }
      ::close(at->client);
      ::close(at->server);
      at = connections_.erase(at);
    }
    if (waiting[0].revents != 0) {
      accept_one();
    }
  }
}

void CutWay::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int server = open_socket();
  const sockaddr_un there = address(server_folder_);
  if (client < 0 ||
      ::connect(server, reinterpret_cast<const sockaddr*>(&there), sizeof(there)) != 0) {
    ::close(client);
    ::close(server);
    return;
  }
  connections_.push_back({.client = client, .server = server});
}

bool CutWay::take_from_client(Connection& connection) {
  std::array<char, 65536> room{};
  const std::string_view bytes = receive(connection.client, room);
  if (planned_ && bytes.find(kCommit) != bytes.npos) {
    if (*planned_ == Accident::kCommitLost) {
      planned_.reset();
      return false;
    }
    connection.answers_are_lost = true;
  }
  return !bytes.empty() && send_all(connection.server, bytes);
}

bool CutWay::take_from_server(Connection& connection) {
  std::array<char, 65536> room{};
  const std::string_view bytes = receive(connection.server, room);
  if (bytes.empty()) {
    return false;
  }
  if (!connection.answers_are_lost) {
    return send_all(connection.client, bytes);
  }
  connection.lost += bytes;
  if (connection.lost.find(kCommit) == connection.lost.npos) {
    return true;
  }
  planned_.reset();
  return false;
}

}  // namespace hapax
