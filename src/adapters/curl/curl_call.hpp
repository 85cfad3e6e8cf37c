// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "adapters/curl/curl_notifier.hpp"
#include "core/result.hpp"

namespace hapax {

/// One transfer by libcurl: what all of them have in common.
/// Threading: one owner.
class CurlCall {
 public:
  /// Of what is answered so much is kept, for the error.
  static constexpr std::size_t kAnswerBytesKept = 300;

  CurlCall(const CurlSettings& settings, const std::string& url, const std::string& protocols,
           std::stop_token stop);

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  /// Errors: kUnavailable, there was no answer, and why; kClosed, it was stopped.
  Result<void> run();
  long status() const;
  const std::string& answer() const { return answer_; }

 private:
  static std::size_t keep(char* bytes, std::size_t size, std::size_t count, void* call);
  static int look(void* call, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };

  const std::stop_token stop_;
  std::string answer_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<CURL, Cleanup> handle_;
};

/// A list of libcurl.
struct CurlList {
  CurlList() = default;
  CurlList(const CurlList&) = delete;
  CurlList& operator=(const CurlList&) = delete;
  ~CurlList() { curl_slist_free_all(list); }

  void append(const std::string& text) { list = curl_slist_append(list, text.c_str()); }

  curl_slist* list = nullptr;
};

}  // namespace hapax
