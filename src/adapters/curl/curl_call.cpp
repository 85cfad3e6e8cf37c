// SPDX-License-Identifier: Apache-2.0
#include "adapters/curl/curl_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hapax {

CurlCall::CurlCall(const CurlSettings& settings, const std::string& url,
                   const std::string& protocols, std::stop_token stop)
    : stop_(std::move(stop)), handle_(curl_easy_init()) {
  if (handle_ == nullptr) {
    return;
  }
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, protocols.c_str());
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count()));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_QUICK_EXIT, 1L);  // No stop waits for a name server.
  set(CURLOPT_USERAGENT, settings.user_agent.c_str());
  set(CURLOPT_WRITEFUNCTION, &CurlCall::keep);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &CurlCall::look);
  set(CURLOPT_XFERINFODATA, this);
}

Result<void> CurlCall::run() {
  if (handle_ == nullptr) {
    return Error{ErrorKind::kUnavailable, "there is no memory for a connection"};
  }
  const CURLcode code = curl_easy_perform(handle_.get());
  if (code == CURLE_OK) {
    return {};
  }
  if (stop_.stop_requested()) {
    return Error{ErrorKind::kClosed, "the server stops", "it is tried again after the next start"};
  }
  const std::string_view why = error_.front() != '\0' ? error_.data() : curl_easy_strerror(code);
  return Error{ErrorKind::kUnavailable, std::string(why)};
}

long CurlCall::status() const {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

/// The beginning, as text; the rest is read and let go.
std::size_t CurlCall::keep(char* bytes, std::size_t size, std::size_t count, void* call) {
  auto& answer = static_cast<CurlCall*>(call)->answer_;
  const std::size_t room = kAnswerBytesKept - std::min(kAnswerBytesKept, answer.size());
  for (const char c : std::string_view(bytes, std::min(room, size * count))) {
    answer += c >= 0x20 && c < 0x7F ? c : ' ';
  }
  return size * count;
}

/// Called about once a second, and more often while something moves.
int CurlCall::look(void* call, curl_off_t /*all*/, curl_off_t /*now*/, curl_off_t /*up_all*/,
                   curl_off_t /*up_now*/) {
  return static_cast<const CurlCall*>(call)->stop_.stop_requested() ? 1 : 0;
}

}  // namespace hapax
