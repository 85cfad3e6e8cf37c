#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/http/shared.hpp"

namespace hapax {

/// One client connection: read a request, ask the handler, write the answer, again.
/// Threading: everything runs on the connection's io_context; only HttpStream::write and the
/// handler's respond come from elsewhere, and they post.
class Connection : public HttpStream, public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Time = std::chrono::steady_clock::time_point;

  Connection(Socket socket, HttpShared& shared);
  ~Connection() override;

  void start();

  /// Closes the connection when its deadline has passed.
  void enforce_deadline(Time now);

  /// Closes it now if it is between requests, else after the answer under way. Streams end now.
  void stop();

  /// Closes it now.
  void close();

  bool write(std::string piece) override;

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class State { kIdle, kReading, kHandling, kWriting, kStreaming, kDraining, kClosed };

  void read_header();
  void on_header(boost::beast::error_code error);
  void send_continue();
  void read_body();
  void read_announced_body(std::size_t length);
  void on_request();
  void respond(HttpResponse response);
  void refuse(int status, const std::string& code, const std::string& message);
  void refuse_parse_error(boost::beast::error_code error);
  void on_written(boost::beast::error_code error);
  void start_stream();
  void watch_for_close();
  void drain();
  void write_pieces();
  void set_deadline(std::chrono::seconds after);

  Socket socket_;
  HttpShared& shared_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  BodyReservation reservation_;
  State state_ = State::kIdle;
  std::optional<Time> deadline_;
  bool keep_alive_ = true;
  bool head_only_ = false;
  HttpResponse response_;
  std::string head_;
  bool refused_ = false;              ///< The rest of what the client sends is not read.
  std::array<char, 4096> ignored_{};  ///< Where bytes go that nobody wants.

  std::mutex stream_mutex_;
  std::deque<std::string> pieces_;  ///< Guarded by stream_mutex_.
  std::size_t piece_bytes_ = 0;     ///< Guarded by stream_mutex_.
  bool stream_open_ = false;        ///< Guarded by stream_mutex_.
  bool piece_under_way_ = false;    ///< Guarded by stream_mutex_.
};

}  // namespace hapax
