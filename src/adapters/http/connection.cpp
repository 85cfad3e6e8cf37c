#include "adapters/http/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <utility>

#include "adapters/http/response_head.hpp"

namespace hapax {
namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::chrono::seconds kDrainTime{2};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string to_string(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

template <typename Message>
HttpRequest take_request(Message&& message) {
  HttpRequest request;
  request.method = to_string(message.method_string());
  const std::string_view target{message.target().data(), message.target().size()};
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) {
    request.query = target.substr(question + 1);
  }
  request.authorization = to_string(message[http::field::authorization]);
  request.content_encoding = to_string(message[http::field::content_encoding]);
  request.origin = to_string(message[http::field::origin]);
  if (request.method == "OPTIONS") {
    request.preflight_headers = to_string(message[http::field::access_control_request_headers]);
    request.preflight_private_network = message["Access-Control-Request-Private-Network"] == "true";
  }
  request.body = std::move(message.body());
  return request;
}

}  // namespace

Connection::Connection(Socket socket, HttpShared& shared)
    : socket_(std::move(socket)), shared_(shared), reservation_(shared) {
  ++shared_.connections;
}

Connection::~Connection() {
  close();
}

void Connection::start() {
  boost::beast::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  read_header();
}

void Connection::set_deadline(std::chrono::seconds after) {
  deadline_ = std::chrono::steady_clock::now() + after;
}

void Connection::enforce_deadline(Time now) {
  if (state_ == State::kIdle && buffer_.size() > 0) {
    // The first bytes of a request are here: from now on the request's own time counts.
    state_ = State::kReading;
    set_deadline(shared_.settings.request_timeout);
  }
  if (deadline_ && now > *deadline_) {
    ++shared_.connections_timed_out;
    close();
  }
}

void Connection::stop() {
  keep_alive_ = false;
  if (state_ == State::kIdle || state_ == State::kStreaming || state_ == State::kDraining) {
    close();
  }
}

void Connection::close() {
  if (state_ == State::kClosed) {
    return;
  }
  state_ = State::kClosed;
  --shared_.connections;  // Here, not in the destructor: a stream's owner may keep the object.
  deadline_.reset();
  {
    const std::lock_guard lock(stream_mutex_);
    stream_open_ = false;
  }
  boost::beast::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Connection::read_header() {
  state_ = buffer_.size() > 0 ? State::kReading : State::kIdle;
  set_deadline(state_ == State::kIdle ? shared_.settings.idle_timeout
                                      : shared_.settings.request_timeout);
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_.settings.header_bytes_limit));
  parser_->body_limit(shared_.settings.body_bytes_limit);
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                            self->on_header(error);
                          });
}

void Connection::on_header(boost::beast::error_code error) {
  if (state_ == State::kClosed) {
    return;
  }
  if (error) {
    refuse_parse_error(error);
    return;
  }
  state_ = State::kReading;
  set_deadline(shared_.settings.request_timeout);
  keep_alive_ = parser_->get().keep_alive() && !shared_.stopping;
  head_only_ = parser_->get().method() == http::verb::head;
  const auto length = parser_->content_length();
  const bool has_body = parser_->chunked() || length.value_or(0) > 0;
  const std::size_t announced =
      parser_->chunked() ? shared_.settings.body_bytes_limit : length.value_or(0);
  if (has_body && !reservation_.reserve(announced)) {
    refuse(503, "overloaded", "too many request bodies are being received at this moment");
    return;
  }
  if (has_body && parser_->get()[http::field::expect] == "100-continue") {
    send_continue();
    return;
  }
  read_body();
}

void Connection::send_continue() {
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                      if (error) {
                        self->close();
                        return;
                      }
                      self->read_body();
                    });
}

void Connection::read_body() {
  if (parser_->is_done()) {
    on_request();
    return;
  }
  if (!parser_->chunked()) {
    read_announced_body(parser_->content_length().value_or(0));
    return;
  }
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                     if (self->state_ == State::kClosed) {
                       return;
                     }
                     if (error) {
                       self->refuse_parse_error(error);
                       return;
                     }
                     self->on_request();
                   });
}

/// Past the parser, which would go over the body in small pieces.
void Connection::read_announced_body(std::size_t length) {
  auto& body = parser_->get().body();
  body.resize(length);
  const auto there = asio::buffer_copy(asio::buffer(body), buffer_.data());
  buffer_.consume(there);
  asio::async_read(socket_, asio::buffer(body) + there,
                   [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                     if (self->state_ == State::kClosed) {
                       return;
                     }
                     if (error) {
                       self->close();
                       return;
                     }
                     self->on_request();
                   });
}

void Connection::on_request() {
  state_ = State::kHandling;
  deadline_.reset();
  ++shared_.requests;
  auto answer = [self = shared_from_this()](HttpResponse response) {
    asio::post(self->socket_.get_executor(), [self, response = std::move(response)]() mutable {
      self->respond(std::move(response));
    });
  };
  shared_.handler.handle(take_request(parser_->release()), std::move(answer));
}

void Connection::refuse_parse_error(boost::beast::error_code error) {
  if (error == http::error::body_limit) {
    refuse(413, "body_too_large",
           "the body is larger than " + std::to_string(shared_.settings.body_bytes_limit) +
               " bytes; send smaller batches");
  } else if (error == http::error::header_limit) {
    refuse(431, "headers_too_large",
           "request line and headers are larger than " +
               std::to_string(shared_.settings.header_bytes_limit) + " bytes");
  } else if (error.category() == http::make_error_code(http::error::bad_method).category() &&
             error != http::error::end_of_stream && error != http::error::partial_message) {
    refuse(400, "bad_request", "not a valid HTTP/1.1 request: " + error.message());
  } else {
    close();  // The client left, or the socket failed: there is nobody to tell.
  }
}

void Connection::refuse(int status, const std::string& code, const std::string& message) {
  ++shared_.requests_refused;
  keep_alive_ = false;  // Where the next request would begin is not known.
  refused_ = true;
  respond(shared_.handler.refuse(status, code, message));
}

void Connection::respond(HttpResponse response) {
  if (state_ == State::kClosed) {
    return;
  }
  reservation_.release();
  response_ = std::move(response);
  keep_alive_ = keep_alive_ && !shared_.stopping;
  head_ = response_head(response_, keep_alive_);
  state_ = State::kWriting;
  set_deadline(shared_.settings.request_timeout);
  const std::array<asio::const_buffer, 2> buffers{
      asio::buffer(head_), head_only_ ? asio::const_buffer() : asio::buffer(response_.body)};
  asio::async_write(socket_, buffers,
                    [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                      self->on_written(error);
                    });
}

void Connection::on_written(boost::beast::error_code error) {
  if (state_ == State::kClosed) {
    return;
  }
  if (!error && response_.on_stream && !head_only_ && !shared_.stopping) {
    start_stream();
  } else if (!error && keep_alive_) {
    read_header();
  } else if (!error && refused_) {
    // Closing with unread bytes would reset the connection and could take the answer with it.
    state_ = State::kDraining;
    set_deadline(kDrainTime);
    boost::beast::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    drain();
  } else {
    close();
  }
}

void Connection::drain() {
  socket_.async_read_some(asio::buffer(ignored_),
                          [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                            if (error || self->shared_.stopping) {
                              self->close();
                            } else {
                              self->drain();
                            }
                          });
}

void Connection::start_stream() {
  state_ = State::kStreaming;
  deadline_.reset();
  {
    const std::lock_guard lock(stream_mutex_);
    stream_open_ = true;
  }
  watch_for_close();
  const auto on_stream = std::move(response_.on_stream);
  on_stream(shared_from_this());
}

void Connection::watch_for_close() {
  socket_.async_read_some(asio::buffer(ignored_),
                          [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                            if (error) {
                              self->close();
                            } else {
                              self->watch_for_close();
                            }
                          });
}

bool Connection::write(std::string piece) {
  const std::lock_guard lock(stream_mutex_);
  if (!stream_open_) {
    return false;
  }
  piece_bytes_ += piece.size();
  pieces_.push_back(std::move(piece));
  if (piece_bytes_ > shared_.settings.stream_bytes_limit) {
    ++shared_.streams_dropped;
    stream_open_ = false;
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close(); });
    return false;
  }
  if (!piece_under_way_) {
    piece_under_way_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write_pieces(); });
  }
  return true;
}

void Connection::write_pieces() {
  {
    const std::lock_guard lock(stream_mutex_);
    response_.body.clear();
    for (const auto& piece : pieces_) {
      response_.body += piece;
    }
    pieces_.clear();
    piece_bytes_ = 0;
    if (response_.body.empty() || !stream_open_) {
      piece_under_way_ = false;
      return;
    }
  }
  asio::async_write(socket_, asio::buffer(response_.body),
                    [self = shared_from_this()](boost::beast::error_code error, std::size_t) {
                      if (error) {
                        self->close();
                      } else {
                        self->write_pieces();
                      }
                    });
}

}  // namespace hapax
