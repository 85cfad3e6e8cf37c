// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "adapters/http/connection.hpp"

namespace hapax {
namespace asio = boost::asio;

void Connection::start_stream() {
  state_ = State::kStreaming;
  deadline_.reset();
  {
    const MutexLock lock(stream_mutex_);
    stream_open_ = true;
  }
  watch_for_close();
  const auto on_stream = std::move(exchange_->response.on_stream);
  on_stream(shared_from_this());
}

void Connection::end_stream() {
  std::function<void()> drained;  // Goes after the lock: what it holds may call back.
  const MutexLock lock(stream_mutex_);
  stream_open_ = false;
  pieces_.clear();
  drained.swap(drained_);
}

/// Keeps the connection, too: its handler owns it.
void Connection::watch_for_close() {
  socket_.async_read_some(asio::buffer(ignored_),
                          [self = shared_from_this()](ErrorCode error, std::size_t) {
                            if (error) {
                              self->close();
                            } else {
                              self->watch_for_close();
                            }
                          });
}

bool Connection::write_all(std::span<const Piece> pieces) {
  const MutexLock lock(stream_mutex_);
  if (!stream_open_) {
    return false;
  }
  for (const Piece& piece : pieces) {
    piece_bytes_ += piece->size();
  }
  if (piece_bytes_ > shared().settings.stream_bytes_limit) {
    drop_stream();
    return false;
  }
  pieces_.insert(pieces_.end(), pieces.begin(), pieces.end());
  if (!piece_under_way_) {
    piece_under_way_ = true;
    loop_->post([self = shared_from_this()] { self->write_pieces(); });
  }
  return true;
}

void Connection::on_drained(std::function<void()> drained) {
  const MutexLock lock(stream_mutex_);
  if (stream_open_) {
    drained_ = std::move(drained);
  }
}

void Connection::disconnect() {
  const MutexLock lock(stream_mutex_);
  if (stream_open_) {
    drop_stream();
  }
}

void Connection::end() {
  const MutexLock lock(stream_mutex_);
  if (std::exchange(stream_open_, false) && !piece_under_way_) {
    loop_->post([self = shared_from_this()] { self->close(); });
  }
}

void Connection::drop_stream() {
  ++shared().streams_dropped;
  stream_open_ = false;
  loop_->post([self = shared_from_this()] { self->close(); });
}

void Connection::write_pieces() {
  if (state_ == State::kClosed) {
    return;
  }
  std::vector<asio::const_buffer> buffers;
  bool is_over = false;
  {
    const MutexLock lock(stream_mutex_);
    writing_.clear();
    std::swap(writing_, pieces_);
    piece_bytes_ = 0;
    piece_under_way_ = !writing_.empty();
    is_over = writing_.empty() && !stream_open_;
    for (const auto& piece : writing_) {
      buffers.push_back(asio::buffer(*piece));
    }
  }
  if (buffers.empty()) {
    if (is_over) {
      close();
    } else if (drained_) {
      drained_();
    }
    return;
  }
  asio::async_write(socket_, buffers, [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) {
      self->close();
    } else {
      self->write_pieces();
    }
  });
}

}  // namespace hapax
