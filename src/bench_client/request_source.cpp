// SPDX-License-Identifier: Apache-2.0
#include "bench_client/request_source.hpp"

#include <fmt/format.h>

#include "bench_client/gzip.hpp"

namespace hapax::bench {
namespace {

BatchSpec variant_of(const BatchSpec& spec, std::size_t connection) {
  auto variant = spec;
  variant.variant = connection;
  return variant;
}

}  // namespace

std::string post_head(const Target& target, std::size_t body_bytes, std::string_view encoding) {
  return fmt::format(
      "POST /v1/batch HTTP/1.1\r\nHost: {}\r\nUser-Agent: hapax-bench\r\n"
      "Content-Type: application/json\r\n{}Content-Length: {}\r\n\r\n",
      target.authority(), encoding, body_bytes);
}

PlainRequests::PlainRequests(const Target& target, const BatchSpec& spec, std::size_t connections,
                             MessageIds& ids)
    : ids_(ids) {
  for (std::size_t connection = 0; connection < connections; ++connection) {
    bodies_.emplace_back(variant_of(spec, connection));
    heads_.push_back(post_head(target, bodies_.back().size(), ""));
  }
}

RequestBytes PlainRequests::next(std::size_t connection, ProcessingTime now) {
  return {.head = heads_[connection], .body = bodies_[connection].refresh(ids_, now)};
}

GzipRequests::GzipRequests(const Target& target, std::size_t connections)
    : target_(target), heads_(connections) {}

Result<std::unique_ptr<GzipRequests>> GzipRequests::prepare(const Target& target,
                                                            const BatchSpec& spec,
                                                            std::size_t connections,
                                                            std::uint64_t requests, MessageIds& ids,
                                                            ProcessingTime now) {
  std::unique_ptr<GzipRequests> prepared(new GzipRequests(target, connections));
  std::vector<BatchBody> bodies;
  for (std::size_t connection = 0; connection < connections; ++connection) {
    bodies.emplace_back(variant_of(spec, connection));
  }
  GzipCompressor compressor(kLevel);
  for (std::uint64_t i = 0; i < requests; ++i) {
    compressor.append(bodies[i % connections].refresh(ids, now), prepared->bodies_);
    prepared->ends_.push_back(prepared->bodies_.size());
    if (prepared->bodies_.size() > kPreparedBytesMax) {
      return Error{
          .kind = ErrorKind::kExhausted,
          .message = fmt::format("{} gzip bodies of {} events do not fit into {} MiB", requests,
                                 spec.events, kPreparedBytesMax >> 20U),
          .hint = fmt::format("ask for at most {} events, or leave --gzip out", i * spec.events)};
    }
  }
  return prepared;
}

RequestBytes GzipRequests::next(std::size_t connection, ProcessingTime) {
  const auto begin = next_ == 0 ? 0 : ends_[next_ - 1];
  const std::string_view body(bodies_.data() + begin, ends_[next_] - begin);
  ++next_;
  heads_[connection] = post_head(target_, body.size(), "Content-Encoding: gzip\r\n");
  return {.head = heads_[connection], .body = body};
}

}  // namespace hapax::bench
