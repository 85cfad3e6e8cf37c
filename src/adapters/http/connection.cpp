// SPDX-License-Identifier: Apache-2.0
#include "adapters/http/connection.hpp"

#include <algorithm>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/http/error.hpp>
#include <exception>
#include <new>
#include <utility>

namespace hapax {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

/// Read at once: header and body of a small request. Kept by an idle connection.
constexpr std::size_t kBufferBytes = 8U << 10U;

}  // namespace

Connection::Exchange::Exchange(HttpShared& shared) : reservation(shared) {
  parser.header_limit(static_cast<std::uint32_t>(shared.settings.header_bytes_limit));
  parser.body_limit(shared.settings.body_bytes_limit);
}

Connection::Connection(Socket socket, std::shared_ptr<Loop> loop)
    : loop_(std::move(loop)),
      socket_(std::move(socket)),
      buffer_(shared().settings.header_bytes_limit + kChunkBufferBytes) {
  ++shared().connections;
}

Connection::~Connection() {
  close();
}

void Connection::start() {
  ErrorCode ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  peer_ = socket_.remote_endpoint(ignored).address().to_string();
  begin_request();
}

void Connection::set_deadline(Time after) {
  const Time most = shared().settings.stop_client_timeout;
  deadline_ = loop_->now() + (shared().stopping ? std::min(after, most) : after);
}

/// Bytes of the request came, or some of the answer went.
void Connection::on_transfer(std::size_t bytes) {
  if (shared().stopping) {
    return;
  }
  deadline_ = shared().settings.rate.extended(*deadline_, loop_->now(), bytes);
}

void Connection::enforce_deadline(Time now) {
  if (deadline_ && now > *deadline_) {
    ++shared().connections_timed_out;
    close();
  }
}

void Connection::stop() {
  if (state_ == State::kIdle || state_ == State::kStreaming || state_ == State::kDraining) {
    close();
  } else if (deadline_) {
    deadline_ = std::min<Time>(*deadline_, loop_->now() + shared().settings.stop_client_timeout);
  }
}

void Connection::close() {
  if (state_ == State::kClosed) {
    return;
  }
  state_ = State::kClosed;
  --shared().connections;  // Here, not in the destructor: a stream's owner may keep the object.
  deadline_.reset();
  exchange_.reset();
  end_stream();
  ErrorCode ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Connection::begin_request() {
  exchange_.emplace(shared());
  ++request_;
  if (buffer_.size() > 0) {
    state_ = State::kReading;
    begin_transfer();
    parse_header();
    return;
  }
  state_ = State::kIdle;
  set_deadline(shared().settings.idle_timeout);
  if (buffer_.capacity() > kBufferBytes) {
    buffer_.shrink_to_fit();
  }
  buffer_.reserve(kBufferBytes);
  read_on();
}

void Connection::read_on() {
  const std::size_t room = boost::beast::read_size(buffer_, kChunkBufferBytes);
  if (room == 0) {
    refuse_header_too_large();
    return;
  }
  socket_.async_read_some(buffer_.prepare(room),
                          [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
                            self->on_read(error, bytes);
                          });
}

void Connection::on_read(ErrorCode error, std::size_t bytes) {
  if (state_ == State::kClosed) {
    return;
  }
  if (error) {
    close();  // The client left, or the socket failed: there is nobody to tell.
    return;
  }
  buffer_.commit(bytes);
  if (state_ == State::kIdle) {
    state_ = State::kReading;
    begin_transfer();
  } else {
    on_transfer(bytes);
  }
  if (exchange_->in_body) {
    exchange_->body_bytes_received += bytes;
    parse_chunked_body();
  } else {
    parse_header();
  }
}

void Connection::parse_header() {
  auto& exchange = *exchange_;
  ErrorCode error;
  const std::size_t used = exchange.parser.put(buffer_.data(), error);
  buffer_.consume(used);
  exchange.header_bytes += used;
  const bool is_cut = error == http::error::need_more;
  // The parser's limit is for what it gets at once; a slow sender would never come to it.
  if (exchange.header_bytes + (is_cut ? buffer_.size() : 0) >
      shared().settings.header_bytes_limit) {
    refuse_header_too_large();
  } else if (is_cut) {
    read_on();
  } else if (error) {
    refuse_parse_error(error);
  } else {
    on_header();
  }
}

void Connection::on_header() {
  auto& exchange = *exchange_;
  const auto& parser = exchange.parser;
  if (!parser.complaint().empty()) {
    refuse(400, "bad_request", "not a valid HTTP/1.1 request: " + std::string(parser.complaint()));
    return;
  }
  exchange.keep_alive = parser.keep_alive();
  if (parser.is_done()) {
    on_request();
    return;
  }
  // RFC 9110, 10.1.1: without the interim answer once the body has begun to come.
  if (parser.expects_continue() && buffer_.size() == 0) {
    send_continue();
  } else {
    begin_body();
  }
}

void Connection::on_request() {
  state_ = State::kHandling;
  deadline_.reset();
  ++shared().requests;
  auto answer = [self = shared_from_this(), request = request_](HttpResponse response) {
    self->loop_->deliver({self, request, std::move(response)});
  };
  try {
    HttpRequest request = exchange_->parser.take_request();
    request.peer = peer_;
    shared().handler.handle(std::move(request), std::move(answer));
  } catch (const std::bad_alloc& error) {
    shared().count_error(error.what());
    answer_failure(503, "out_of_memory", "the server is out of memory at this moment");
  } catch (const std::exception& error) {
    shared().count_error(error.what());
    answer_failure(500, "internal_error", "the server failed on this request; see its log");
  }
}

}  // namespace hapax
