// SPDX-License-Identifier: Apache-2.0
#include "bench_client/load_connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

namespace hapax::bench {
namespace {

// A batch of 100 goes out in one call instead of waiting for room in between.
constexpr int kSendBufferBytes = 512 * 1024;

iovec as_iovec(std::string_view bytes) {
  return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
}

void drop_front(std::string_view& bytes, std::size_t& count) {
  const auto dropped = std::min(bytes.size(), count);
  bytes.remove_prefix(dropped);
  count -= dropped;
}

std::size_t number_after(std::string_view text, std::string_view label) {
  std::size_t number = 0;
  if (const auto at = text.find(label); at != std::string_view::npos) {
    std::from_chars(text.data() + at + label.size(), text.data() + text.size(), number);
  }
  return number;
}

}  // namespace

Result<LoadConnection> LoadConnection::open(const Target& target) {
  HAPAX_ASSIGN(auto socket, connect_to(target));
  ::fcntl(socket.descriptor(), F_SETFL, O_NONBLOCK);
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes,
               sizeof(kSendBufferBytes));
  return LoadConnection(std::move(socket));
}

void LoadConnection::send(RequestBytes request) {
  unsent_ = request;
  under_way_ = true;
  write();
}

void LoadConnection::write() {
  while (!lost_ && !(unsent_.head.empty() && unsent_.body.empty())) {
    std::array<iovec, 2> parts{as_iovec(unsent_.head), as_iovec(unsent_.body)};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto sent = ::sendmsg(socket_.descriptor(), &message, MSG_NOSIGNAL);
    if (sent < 0) {
      lost_ = errno != EAGAIN && errno != EINTR;
      return;
    }
    auto count = static_cast<std::size_t>(sent);
    drop_front(unsent_.head, count);
    drop_front(unsent_.body, count);
  }
}

std::optional<Reply> LoadConnection::on_ready() {
  write();
  read();
  if (!under_way_) {
    return std::nullopt;
  }
  auto reply = take_reply();
  if (!reply && lost_) {
    reply = Reply{};
  }
  under_way_ = !reply;
  return reply;
}

/// Once is enough: an answer fits into the buffer, and what comes later is told as a new event.
void LoadConnection::read() {
  std::array<char, 16384> piece;  // NOLINT: filled by recv, and zeroing it would cost as much.
  while (!lost_) {
    const auto count = ::recv(socket_.descriptor(), piece.data(), piece.size(), 0);
    if (count <= 0) {
      lost_ = count == 0 || (errno != EAGAIN && errno != EINTR);
      return;
    }
    answer_.append(piece.data(), static_cast<std::size_t>(count));
    if (static_cast<std::size_t>(count) < piece.size()) {
      return;
    }
  }
}

std::optional<Reply> LoadConnection::take_reply() {
  const auto head_end = answer_.find("\r\n\r\n");
  if (head_end == std::string::npos) {
    return std::nullopt;
  }
  const auto head = std::string_view(answer_).substr(0, head_end + 2);
  const auto body_bytes = number_after(head, "\r\nContent-Length: ");
  const auto end = head_end + 4 + body_bytes;
  if (answer_.size() < end) {
    return std::nullopt;
  }
  Reply reply{.status = static_cast<int>(number_after(head, "HTTP/1.1 ")),
              .body = answer_.substr(head_end + 4, body_bytes)};
  answer_.erase(0, end);
  return reply;
}

}  // namespace hapax::bench
