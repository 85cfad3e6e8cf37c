// SPDX-License-Identifier: Apache-2.0
#include "adapters/curl/curl_get.hpp"

#include <curl/curl.h>

#include <array>
#include <utility>

#include <fmt/format.h>

#include "adapters/curl/curl_call.hpp"

namespace hapax {

/// One after the other, on a handle that keeps its connection.
class CurlGet::Transfer {
 public:
  explicit Transfer(const CurlGetSettings& settings) : bytes_max_(settings.answer_bytes_max) {
    if (handle_ == nullptr) {
      return;
    }
    if (!settings.key.empty()) {
      headers_.append("Authorization: Bearer " + settings.key);
    }
    set(CURLOPT_HTTPHEADER, headers_.list);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NOPROXY, "*");  // It carries a key.
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count()));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_QUICK_EXIT, 1L);  // No stop waits for a name server.
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_USERAGENT, settings.user_agent.c_str());
    set(CURLOPT_WRITEFUNCTION, &Transfer::keep);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::look);
    set(CURLOPT_XFERINFODATA, this);
  }

  Result<std::string> run(const std::string& url, const std::stop_token& stop) {
    if (handle_ == nullptr) {
      return Error{ErrorKind::kUnavailable, "there is no memory for a connection"};
    }
    stop_ = stop;
    answer_.clear();
    error_.front() = '\0';
    set(CURLOPT_URL, url.c_str());
    const CURLcode code = curl_easy_perform(handle_.get());
    if (stop_.stop_requested()) {
      return Error{ErrorKind::kClosed, "the server stops"};
    }
    if (code != CURLE_OK) {
      return failed(url, error_.front() != '\0' ? error_.data() : curl_easy_strerror(code));
    }
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
      return failed(url, fmt::format("the answer is {}: {}", status,
                                     answer_.substr(0, CurlCall::kAnswerBytesKept)));
    }
    return std::move(answer_);
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  static Error failed(const std::string& url, const std::string& why) {
    return {ErrorKind::kUnavailable, fmt::format("cannot get {}: {}", url, why)};
  }
  static std::size_t keep(char* bytes, std::size_t size, std::size_t count, void* transfer) {
    auto& self = *static_cast<Transfer*>(transfer);
    if (self.answer_.size() + size * count > self.bytes_max_) {
      return 0;  // It fails.
    }
    self.answer_.append(bytes, size * count);
    return size * count;
  }
  /// Called about once a second, and more often while something moves.
  static int look(void* transfer, curl_off_t /*all*/, curl_off_t /*now*/, curl_off_t /*up_all*/,
                  curl_off_t /*up_now*/) {
    return static_cast<const Transfer*>(transfer)->stop_.stop_requested() ? 1 : 0;
  }

  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };

  const std::size_t bytes_max_;
  std::stop_token stop_;
  std::string answer_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  CurlList headers_;
  const std::unique_ptr<CURL, Cleanup> handle_{curl_easy_init()};
};

CurlGet::CurlGet(CurlGetSettings settings)
    : settings_(std::move(settings)), transfer_(std::make_unique<Transfer>(settings_)) {}

CurlGet::~CurlGet() = default;

Result<std::string> CurlGet::get(const std::string& url, const std::stop_token& stop) {
  return transfer_->run(url, stop);
}

}  // namespace hapax
