// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <string_view>

#include "adapters/http/connection.hpp"

namespace hapax {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
/// Room of a body before any of it has come: connections_limit of them stay below
/// body_bytes_in_flight_limit, so that nobody can fill it by announcing.
constexpr std::size_t kBodyFirstBytes = 16U << 10U;
/// Room that a few kilobytes of a body are enough for: an ordinary batch is read at once.
constexpr std::size_t kBodyStepBytes = 64U << 10U;
/// Behind the body, so that the JSON parser can have its padding without a copy.
constexpr std::size_t kBodyPaddingBytes = 64;

/// How much room a body of `length` bytes gets once `arrived` of them have: at least all of these.
std::size_t body_room(std::size_t arrived, std::size_t length) {
  return std::min(length,
                  std::max({kBodyFirstBytes, std::min(8 * arrived, kBodyStepBytes), 2 * arrived}));
}

}  // namespace

void Connection::send_continue() {
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (self->state_ == State::kClosed) {
                        return;
                      }
                      if (error) {
                        self->close();
                        return;
                      }
                      self->begin_body();
                    });
}

void Connection::begin_body() {
  exchange_->in_body = true;
  if (exchange_->parser.chunked()) {
    exchange_->body_bytes_received = buffer_.size();
    parse_chunked_body();
  } else {
    read_announced_body();
  }
}

/// Past the parser, which would go over the body in small pieces, and without waiting for more than
/// the next piece.
void Connection::read_announced_body() {
  auto& exchange = *exchange_;
  const auto length = static_cast<std::size_t>(*exchange.parser.content_length());
  if (!make_room(length)) {
    refuse_overloaded();
    return;
  }
  auto& body = exchange.parser.body();
  auto& received = exchange.body_bytes_received;
  const std::size_t there = asio::buffer_copy(asio::buffer(body) + received, buffer_.data());
  buffer_.consume(there);
  received += there;
  if (received == length) {
    on_request();
    return;
  }
  socket_.async_read_some(asio::buffer(body) + received,
                          [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
                            self->on_body_read(error, bytes);
                          });
}

/// Room in the body for what has come and more. False when there is none in all.
bool Connection::make_room(std::size_t length) {
  auto& exchange = *exchange_;
  auto& body = exchange.parser.body();
  if (exchange.body_bytes_received < body.size()) {
    return true;
  }
  const std::size_t room = body_room(exchange.body_bytes_received + buffer_.size(), length);
  if (!exchange.reservation.grow_to(room)) {
    return false;
  }
  body.reserve(room + kBodyPaddingBytes);
  body.resize(room);
  return true;
}

void Connection::on_body_read(ErrorCode error, std::size_t bytes) {
  if (state_ == State::kClosed) {
    return;
  }
  if (error) {
    close();
    return;
  }
  on_transfer(bytes);
  exchange_->body_bytes_received += bytes;
  read_announced_body();
}

void Connection::parse_chunked_body() {
  auto& exchange = *exchange_;
  ErrorCode error;
  buffer_.consume(exchange.parser.put_chunked(buffer_.data(), error));
  if (error && error != http::error::need_more) {
    refuse_parse_error(error);
  } else if (!exchange.reservation.grow_to(exchange.parser.body().size())) {
    refuse_overloaded();
  } else if (exchange.parser.is_done()) {
    on_request();
  } else {
    buffer_.reserve(kChunkBufferBytes);
    read_on();
  }
}

}  // namespace hapax
