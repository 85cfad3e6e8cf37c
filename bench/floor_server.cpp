// SPDX-License-Identifier: Apache-2.0
#include "bench/floor_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <list>
#include <vector>

#include "bench/floor_work.hpp"
#include "bench_client/target.hpp"

namespace hapax::bench {
namespace {

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
    "{\"success\":true}";
constexpr std::size_t kHeadBytesMax = 4096;
constexpr std::size_t kReadBytes = 256U << 10U;  // Of a connection's buffer, to begin with.

Error system_error(const char* call) {
  return {.kind = ErrorKind::kUnavailable,
          .message = std::string(call) + ": " + std::strerror(errno)};
}

/// One client: bytes of at most one request.
struct Client {
  Socket socket;
  std::vector<char> buffer = std::vector<char>(kReadBytes);
  std::size_t used = 0;
  bool gone = false;

  void read();
  Result<std::string_view> body();
  void answer();
};

void Client::read() {
  while (true) {
    if (used == buffer.size()) {
      buffer.resize(2 * buffer.size());
    }
    const auto room = buffer.size() - used;
    const auto count = ::recv(socket.descriptor(), buffer.data() + used, room, 0);
    if (count <= 0) {
      gone = count == 0 || errno != EAGAIN;
      return;
    }
    used += static_cast<std::size_t>(count);
    if (static_cast<std::size_t>(count) < room) {
      return;
    }
  }
}

/// The body, once it is complete; empty before that.
Result<std::string_view> Client::body() {
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::string_view bytes(buffer.data(), used);
  const auto head_end = bytes.substr(0, kHeadBytesMax).find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    return std::string_view();
  }
  const auto at = bytes.substr(0, head_end).find(kLength);
  std::size_t length = 0;
  if (at != std::string_view::npos) {
    std::from_chars(bytes.data() + at + kLength.size(), bytes.data() + head_end, length);
  }
  if (length == 0 || length > FloorWork::kBodyBytesMax) {
    return Error{.kind = ErrorKind::kInvalid, .message = "a request without a usable length"};
  }
  const auto begin = head_end + 4;
  return used < begin + length ? std::string_view() : bytes.substr(begin, length);
}

void Client::answer() {
  used = 0;
  const auto sent = ::send(socket.descriptor(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
  gone = gone || sent != static_cast<ssize_t>(kAnswer.size());
}

/// The listening socket, the epoll and the clients.
class Loop {
 public:
  Loop(FloorWork& work, bool gzip) : work_(work), gzip_(gzip) {}

  Result<void> listen(const std::string& address);
  Result<void> serve_round();

 private:
  Result<void> watch(int descriptor, Client* client);
  Result<void> accept_all();
  Result<void> work_for(Client& client, std::vector<Client*>& answered);

  FloorWork& work_;
  const bool gzip_;
  Socket listener_;
  Socket epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  std::list<Client> clients_;  // The epoll points to them.
};

Result<void> Loop::listen(const std::string& address) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  const auto colon = address.rfind(':');
  const auto host = address.substr(0, colon);
  if (colon == std::string::npos || ::inet_pton(AF_INET, host.c_str(), &name.sin_addr) != 1) {
    return Error{.kind = ErrorKind::kInvalid,
                 .message = "--listen " + address + " is not an address and a port",
                 .hint = "write it as 127.0.0.1:9000"};
  }
  name.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1)));
  listener_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  socklen_t bytes = sizeof(name);
  if (::bind(listener_.descriptor(), reinterpret_cast<sockaddr*>(&name), bytes) != 0 ||
      ::listen(listener_.descriptor(), SOMAXCONN) != 0 ||
      ::getsockname(listener_.descriptor(), reinterpret_cast<sockaddr*>(&name), &bytes) != 0) {
    return system_error("bind and listen");
  }
  fmt::print("http://{}:{}\n", host, ntohs(name.sin_port));
  std::fflush(stdout);
  return watch(listener_.descriptor(), nullptr);
}

Result<void> Loop::watch(int descriptor, Client* client) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = client}};
  if (::epoll_ctl(epoll_.descriptor(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    return system_error("epoll_ctl");
  }
  return {};
}

Result<void> Loop::accept_all() {
  while (true) {
    const int descriptor =
        ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      return {};
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    auto& client = clients_.emplace_back();
    client.socket = Socket(descriptor);
    HAPAX_TRY(watch(descriptor, &client));
  }
}

Result<void> Loop::work_for(Client& client, std::vector<Client*>& answered) {
  client.read();
  HAPAX_ASSIGN(const auto body, client.body());
  if (!body.empty()) {
    HAPAX_TRY(work_.take(body, gzip_));
    answered.push_back(&client);
  }
  return {};
}

Result<void> Loop::serve_round() {
  std::array<epoll_event, 64> events{};
  const int count = ::epoll_wait(epoll_.descriptor(), events.data(), events.size(), -1);
  std::vector<Client*> answered;
  for (int i = 0; i < count; ++i) {
    auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
    HAPAX_TRY(client == nullptr ? accept_all() : work_for(*client, answered));
  }
  HAPAX_TRY(work_.sync());
  for (auto* client : answered) {
    client->answer();
  }
  std::erase_if(clients_, [](const Client& client) { return client.gone; });
  return {};
}

}  // namespace

Result<void> FloorServer::run(const Settings& settings) {
  HAPAX_ASSIGN(auto file, RecycledFile::make(settings.file));
  FloorWork work(file);
  Loop loop(work, settings.gzip);
  HAPAX_TRY(loop.listen(settings.listen));
  while (true) {
    HAPAX_TRY(loop.serve_round());
  }
}

}  // namespace hapax::bench
