// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "adapters/s3/s3_client.hpp"

namespace hapax {

/// One request at work.
/// Threading: one owner. Lifetime: `settings` must outlive it.
class S3Client::Transfer {
 public:
  Transfer(S3Request request, Answered answered, const S3Settings& settings, ProcessingTime now);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Nothing when there is no memory for one.
  CURL* handle() const { return handle_.get(); }
  Answered take_answered() { return std::move(answered_); }
  /// What came of it, once libcurl is done with it. To be called once.
  S3Answer finish(CURLcode code);

 private:
  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  void sign(const S3Settings& settings);
  void add_header(const std::string& line);
  void set_up(const S3Settings& settings);
  static std::size_t keep_body(char* bytes, std::size_t size, std::size_t count, void* transfer);
  static std::size_t keep_header(char* bytes, std::size_t size, std::size_t count, void* transfer);

  S3Request request_;
  Answered answered_;
  S3Answer answer_;
  std::string url_;
  bool is_too_large_ = false;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<curl_slist, Cleanup> headers_;
  std::unique_ptr<CURL, Cleanup> handle_;
};

}  // namespace hapax
