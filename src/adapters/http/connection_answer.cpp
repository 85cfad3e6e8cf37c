// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "adapters/http/connection.hpp"
#include "adapters/http/response_head.hpp"

namespace hapax {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds kDrainTime{2};
/// Written at once, so that a large answer shows how fast it is taken.
constexpr std::size_t kWriteBytesMax = 64U << 10U;

}  // namespace

void Connection::refuse_header_too_large() {
  refuse(431, "headers_too_large",
         "request line and headers, or the lines between chunks, are larger than " +
             std::to_string(shared().settings.header_bytes_limit) + " bytes");
}

void Connection::refuse_overloaded() {
  refuse(503, "overloaded", "too many request bodies are being received at this moment");
}

void Connection::refuse_parse_error(ErrorCode error) {
  if (error == http::error::body_limit) {
    refuse(413, "body_too_large",
           "the body is larger than " + std::to_string(shared().settings.body_bytes_limit) +
               " bytes; send smaller batches");
  } else if (error == http::error::header_limit) {
    refuse_header_too_large();
  } else {
    refuse(400, "bad_request", "not a valid HTTP/1.1 request: " + error.message());
  }
}

void Connection::refuse(int status, std::string code, std::string message) {
  ++shared().requests_refused;
  exchange_->keep_alive = false;  // Where the next request would begin is not known.
  exchange_->refused = true;
  write_answer(refusal(status, std::move(code), std::move(message)));
}

/// As the handler would: it may have responded before it failed, and then this is ignored.
void Connection::answer_failure(int status, std::string code, std::string message) {
  loop_->deliver(
      {shared_from_this(), request_, refusal(status, std::move(code), std::move(message))});
}

HttpResponse Connection::refusal(int status, std::string code, std::string message) const {
  return shared().handler.refuse({.status = status,
                                  .code = std::move(code),
                                  .message = std::move(message),
                                  .origin = exchange_->parser.origin()});
}

void Connection::respond(std::uint64_t request, HttpResponse response) {
  if (state_ == State::kHandling && request == request_) {
    write_answer(std::move(response));
  }
}

void Connection::write_answer(HttpResponse response) {
  auto& exchange = *exchange_;
  exchange.reservation.release();
  exchange.response = std::move(response);
  exchange.keep_alive = exchange.keep_alive && !shared().stopping && !exchange.response.on_stream;
  write_response_head(exchange.response, exchange.keep_alive, loop_->date(), head_);
  std::array<asio::const_buffer, 2> buffers{asio::buffer(head_),
                                            asio::buffer(exchange.response.body)};
  if (exchange.parser.head_only()) {
    buffers[1] = {};
    exchange.response.on_stream = {};  // Nobody would read it.
  }
  state_ = State::kWriting;
  begin_transfer();
  const auto self = shared_from_this();
  asio::async_write(
      socket_, buffers,
      [self](ErrorCode error, std::size_t bytes) { return self->write_on(error, bytes); },
      [self](ErrorCode error, std::size_t) { self->on_written(error); });
}

/// How much of the answer to write next, when `bytes_sent` of it went.
std::size_t Connection::write_on(ErrorCode error, std::size_t bytes_sent) {
  if (error || state_ != State::kWriting) {
    return 0;
  }
  auto& sent = exchange_->answer_bytes_sent;
  on_transfer(bytes_sent - std::exchange(sent, bytes_sent));
  return kWriteBytesMax;
}

void Connection::on_written(ErrorCode error) {
  if (state_ == State::kClosed) {
    return;
  }
  exchange_->response.held.reset();
  if (!error && exchange_->response.on_stream && !shared().stopping) {
    start_stream();
  } else if (!error && exchange_->keep_alive) {
    begin_request();
  } else if (!error && exchange_->refused) {
    // Closing with unread bytes would reset the connection and could take the answer with it.
    state_ = State::kDraining;
    set_deadline(kDrainTime);
    ErrorCode ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    drain();
  } else {
    close();
  }
}

void Connection::drain() {
  socket_.async_read_some(asio::buffer(ignored_),
                          [self = shared_from_this()](ErrorCode error, std::size_t) {
                            if (error || self->shared().stopping) {
                              self->close();
                            } else {
                              self->drain();
                            }
                          });
}

}  // namespace hapax
