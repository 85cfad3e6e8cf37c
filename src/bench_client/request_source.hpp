// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench_client/batch_body.hpp"
#include "bench_client/target.hpp"
#include "core/result.hpp"

namespace hapax::bench {

/// One POST as it goes over the wire.
struct RequestBytes {
  std::string_view head;
  std::string_view body;
};

/// The head of a POST to /v1/batch; `encoding` is a header line with its end, or empty.
std::string post_head(const Target& target, std::size_t body_bytes, std::string_view encoding);

/// Makes the requests of a run. Threading: one owner.
class RequestSource {
 public:
  virtual ~RequestSource() = default;

  /// The next request for `connection`; valid until the next call for the same connection.
  virtual RequestBytes next(std::size_t connection, ProcessingTime now) = 0;

  /// How many events of the requests so far were sent before.
  virtual std::uint64_t repeats() const { return 0; }
};

/// Plain JSON: every connection has a body of its own, refreshed in place for each request.
class PlainRequests : public RequestSource {
 public:
  /// `ids` must outlive it.
  PlainRequests(const Target& target, const BatchSpec& spec, std::size_t connections,
                MessageIds& ids);

  RequestBytes next(std::size_t connection, ProcessingTime now) override;

 private:
  MessageIds& ids_;
  std::vector<BatchBody> bodies_;
  std::vector<std::string> heads_;
};

/// Gzip. Compressing costs more than the server's whole work, so all bodies are made before the
/// run, with libdeflate at kLevel (what gzip and SDKs use when not told otherwise); their times are
/// those of the making, which sentAt lets the server correct. Each is sent once.
class GzipRequests : public RequestSource {
 public:
  static constexpr int kLevel = 6;
  /// All prepared bodies together: some 14 million events in batches of 100.
  static constexpr std::size_t kPreparedBytesMax = 1U << 30U;

  /// Errors: kExhausted, `requests` bodies would not fit into kPreparedBytesMax.
  static Result<std::unique_ptr<GzipRequests>> prepare(const Target& target, const BatchSpec& spec,
                                                       std::size_t connections,
                                                       std::uint64_t requests, MessageIds& ids,
                                                       ProcessingTime now);

  /// Not to be called more than `requests` times.
  RequestBytes next(std::size_t connection, ProcessingTime now) override;

 private:
  GzipRequests(const Target& target, std::size_t connections);

  const Target target_;
  std::vector<std::string> heads_;  // Of each connection's request under way.
  std::string bodies_;
  std::vector<std::size_t> ends_;
  std::size_t next_ = 0;
};

}  // namespace hapax::bench
