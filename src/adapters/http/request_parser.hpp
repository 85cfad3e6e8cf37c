// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "http/http.hpp"

namespace hapax {

/// Beast's parser, keeping of a request only what HttpRequest has. Where RFC 9112 leaves a choice
/// that two servers may make differently (request smuggling), it complains.
/// A chunked body is limited by the parser's body_limit; one of announced length is not read
/// through the parser but put into body() by its user.
class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  /// put() of a chunked body: takes what it can of `bytes` and returns how much. `error` is
  /// need_more when the rest must come again with more behind it.
  std::size_t put_chunked(boost::asio::const_buffer bytes, boost::beast::error_code& error);

  /// What makes the request one that must not be answered, after the header; empty: nothing.
  std::string_view complaint() const { return complaint_; }
  /// HEAD: the answer has no body. Known once the request line is read.
  bool head_only() const { return head_only_; }
  bool expects_continue() const { return expects_continue_; }
  const std::string& origin() const { return request_.origin; }
  std::string& body() { return request_.body; }

  HttpRequest take_request() { return std::move(request_); }

 private:
  using StringView = boost::beast::string_view;
  using ErrorCode = boost::beast::error_code;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb verb, StringView method, StringView target,
                       int version, ErrorCode& error) override;
  void on_field_impl(Field field, StringView name, StringView value, ErrorCode& error) override;
  void on_header_impl(ErrorCode& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remaining, StringView bytes,
                                 ErrorCode& error) override;
  // Nothing to do at these.
  void on_response_impl(int, StringView, int, ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(StringView bytes, ErrorCode&) override { return bytes.size(); }
  void on_chunk_header_impl(std::uint64_t, StringView, ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}

  void set_encoding(std::string_view value);
  void set_other(std::string_view name, std::string_view value);

  HttpRequest request_;
  std::string_view complaint_;  ///< Of static storage.
  int version_ = 0;             ///< 11 for HTTP/1.1.
  std::size_t hosts_ = 0;
  bool head_only_ = false;
  bool has_encoding_ = false;
  bool expects_continue_ = false;
  bool header_done_ = false;
};

}  // namespace hapax
