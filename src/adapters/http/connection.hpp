// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/http/loop.hpp"
#include "adapters/http/request_parser.hpp"
#include "adapters/http/shared.hpp"
#include "core/mutex.hpp"

namespace hapax {

/// One client connection: read a request, ask the handler, write the answer, again.
/// Threading: everything runs on the thread of its loop; only HttpStream's calls and the handler's
/// respond come from elsewhere, and they go through the loop.
class Connection : public HttpStream, public std::enable_shared_from_this<Connection> {
 public:
  using Socket = Loop::Socket;
  using Time = Loop::Time;

  Connection(Socket socket, std::shared_ptr<Loop> loop);
  ~Connection() override;

  void start();

  /// Answers the request of that number, unless it is answered already.
  void respond(std::uint64_t request, HttpResponse response);

  /// Closes the connection when its deadline has passed.
  void enforce_deadline(Time now);

  /// Closes the connection now if it is between requests, else after the answer under way, for
  /// which the client gets stop_client_timeout. Streams end now.
  void stop();

  /// Closes the connection now.
  void close();

  bool write_all(std::span<const Piece> pieces) override;
  void on_drained(std::function<void()> drained) override;
  void disconnect() override;
  void end() override;

 private:
  using ErrorCode = boost::beast::error_code;
  /// Read at once of a chunked body, and what the line of a chunk and the trailers may take.
  static constexpr std::size_t kChunkBufferBytes = 64U << 10U;

  enum class State { kIdle, kReading, kHandling, kWriting, kStreaming, kDraining, kClosed };

  /// What belongs to one request and its answer, and begins anew with the next.
  struct Exchange {
    explicit Exchange(HttpShared& shared);

    RequestParser parser;
    BodyReservation reservation;
    std::size_t header_bytes = 0;
    std::size_t body_bytes_received = 0;
    bool in_body = false;  ///< The body is being read.
    bool keep_alive = false;
    bool refused = false;  ///< The rest of what the client sends is not read.
    HttpResponse response;
    std::size_t answer_bytes_sent = 0;
  };

  HttpShared& shared() const { return loop_->shared(); }
  void set_deadline(Time after);
  void begin_transfer() { set_deadline(shared().settings.rate.grace); }
  void on_transfer(std::size_t bytes);

  // Reading: connection.cpp.
  void begin_request();
  void read_on();
  void on_read(ErrorCode error, std::size_t bytes);
  void parse_header();
  void on_header();
  void on_request();

  // Reading the body: connection_body.cpp.
  void send_continue();
  void begin_body();
  void read_announced_body();
  bool make_room(std::size_t length);
  void on_body_read(ErrorCode error, std::size_t bytes);
  void parse_chunked_body();

  // Answering: connection_answer.cpp.
  void refuse_header_too_large();
  void refuse_overloaded();
  void refuse_parse_error(ErrorCode error);
  void refuse(int status, std::string code, std::string message);
  void answer_failure(int status, std::string code, std::string message);
  HttpResponse refusal(int status, std::string code, std::string message) const;
  void write_answer(HttpResponse response);
  std::size_t write_on(ErrorCode error, std::size_t bytes_sent);
  void on_written(ErrorCode error);
  void drain();

  // Streaming: connection_stream.cpp.
  void start_stream();
  void end_stream();
  void drop_stream() HAPAX_REQUIRES(stream_mutex_);
  void watch_for_close();
  void write_pieces();

  const std::shared_ptr<Loop> loop_;  ///< Before the socket, which needs its context.
  Socket socket_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  State state_ = State::kIdle;
  std::optional<Time> deadline_;
  std::optional<Exchange> exchange_;
  std::uint64_t request_ = 0;  ///< Number of the exchange.
  std::string head_;
  std::array<char, 512> ignored_{};  ///< Where bytes go that nobody wants.

  std::vector<Piece> writing_;

  Mutex stream_mutex_;
  std::vector<Piece> pieces_ HAPAX_GUARDED_BY(stream_mutex_);
  std::size_t piece_bytes_ HAPAX_GUARDED_BY(stream_mutex_) = 0;
  bool stream_open_ HAPAX_GUARDED_BY(stream_mutex_) = false;
  bool piece_under_way_ HAPAX_GUARDED_BY(stream_mutex_) = false;
  /// Guarded by stream_mutex_ until the first write, then of the loop's thread.
  std::function<void()> drained_;
};

}  // namespace hapax
