// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench_client/gzip.hpp"
#include "bench_client/message_ids.hpp"
#include "bench_client/request_source.hpp"
#include "bench_client/web_world.hpp"

namespace hapax::bench {

/// Appends `event` as a member of a batch, as its device sends it when the true time is `now`. Its
/// property "at" is its true time in microseconds, for whoever checks what the server made of it.
void append_web_event(const WebEvent& event, const MessageIds& ids, ProcessingTime now,
                      std::string& out);

/// A WebWorld behind a relay: each request holds what several devices send, each with its own
/// sentAt. Made when it is sent, which takes some microseconds an event. Threading: one owner.
class WebRequests : public RequestSource {
 public:
  struct Settings {
    Target target;
    std::string write_key = "bench";
    std::size_t events = 100;  ///< Per request.
    std::size_t connections = 32;
    bool gzip = false;
    WebWorld::Settings world;
  };

  /// `ids` must outlive it, and nobody else uses it.
  WebRequests(Settings settings, const MessageIds& ids);

  RequestBytes next(std::size_t connection, ProcessingTime now) override;
  std::uint64_t repeats() const override { return repeats_; }

 private:
  struct Request {
    std::string head;
    std::string body;
  };

  const Settings settings_;
  const MessageIds& ids_;
  WebWorld world_;
  GzipCompressor compressor_;
  std::vector<Request> requests_;
  std::string text_;
  std::uint64_t repeats_ = 0;
};

}  // namespace hapax::bench
