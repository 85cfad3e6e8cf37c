// SPDX-License-Identifier: Apache-2.0
#include "adapters/http/request_parser.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace hapax {
namespace http = boost::beast::http;

namespace {

/// What every chunked body ends with.
constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// Of a repeated header the first counts.
void set_first(std::string& header, std::string_view value) {
  if (header.empty()) {
    header = value;
  }
}

bool equals(std::string_view text, std::string_view lower) {
  return boost::beast::iequals({text.data(), text.size()}, {lower.data(), lower.size()});
}

/// What proxies say of whom they ask for.
bool is_of_a_proxy(std::string_view name) {
  constexpr std::string_view kFamily = "x-forwarded-";
  constexpr std::array<std::string_view, 8> kNames{
      "forwarded",      "via",        "x-real-ip",        "x-client-ip",
      "true-client-ip", "x-proxy-id", "cf-connecting-ip", "x-cluster-client-ip"};
  return equals(name.substr(0, kFamily.size()), kFamily) ||
         std::ranges::any_of(kNames, [name](std::string_view one) { return equals(name, one); });
}

}  // namespace

std::size_t RequestParser::put_chunked(boost::asio::const_buffer bytes, ErrorCode& error) {
  // Fewer bytes are never the end, and Beast 1.81 aborts on them after the last chunk's size.
  if (bytes.size() < kLastChunk.size()) {
    error = http::error::need_more;
    return 0;
  }
  eager(true);
  return put(bytes, error);
}

void RequestParser::on_request_impl(http::verb verb, StringView method, StringView target,
                                    int version, ErrorCode& /*error*/) {
  version_ = version;
  head_only_ = verb == http::verb::head;
  request_.method.assign(method.data(), method.size());
  const std::string_view whole{target.data(), target.size()};
  const auto question = whole.find('?');
  request_.path = whole.substr(0, question);
  if (question != std::string_view::npos) {
    request_.query = whole.substr(question + 1);
  }
}

void RequestParser::on_field_impl(Field field, StringView name, StringView raw_value,
                                  ErrorCode& /*error*/) {
  if (header_done_) {
    return;  // A trailer says nothing about the request.
  }
  const std::string_view value{raw_value.data(), raw_value.size()};
  request_.is_forwarded |= is_of_a_proxy({name.data(), name.size()});
  switch (field) {
    case Field::host:
      ++hosts_;
      set_first(request_.host, value);
      break;
    case Field::transfer_encoding:
      set_encoding(value);
      break;
    case Field::expect:
      expects_continue_ = equals(value, "100-continue");
      break;
    case Field::accept:
      set_first(request_.accept, value);
      break;
    case Field::accept_encoding:
      set_first(request_.accept_encoding, value);
      break;
    case Field::authorization:
      set_first(request_.authorization, value);
      break;
    case Field::content_encoding:
      set_first(request_.content_encoding, value);
      break;
    case Field::if_match:
      set_first(request_.if_match, value);
      break;
    case Field::if_none_match:
      set_first(request_.if_none_match, value);
      break;
    case Field::origin:
      set_first(request_.origin, value);
      break;
    case Field::cookie:
      // RFC 9113, 8.2.3: what came in several fields over HTTP/2 is one for who reads it.
      request_.cookie.append(request_.cookie.empty() ? "" : "; ").append(value);
      break;
    case Field::access_control_request_headers:
      set_first(request_.preflight_headers, value);
      break;
    default:
      set_other({name.data(), name.size()}, value);
  }
}

void RequestParser::set_encoding(std::string_view value) {
  if (has_encoding_ || !equals(value, "chunked")) {
    complaint_ = "the only Transfer-Encoding taken is chunked, once";
  }
  has_encoding_ = true;
}

/// Headers that Beast has no number for.
void RequestParser::set_other(std::string_view name, std::string_view value) {
  if (equals(name, "x-write-key")) {
    set_first(request_.write_key, value);
  } else if (equals(name, "last-event-id")) {
    set_first(request_.last_event_id, value);
  } else if (equals(name, "x-forwarded-proto")) {
    set_first(request_.forwarded_proto, value);
  } else if (equals(name, "sec-fetch-site")) {
    set_first(request_.sec_fetch_site, value);
  } else if (equals(name, "access-control-request-private-network")) {
    request_.preflight_private_network = value == "true";
  } else if (equals(name, "x-retry-count") || equals(name, "rsa-retry-attempt") ||
             equals(name, "rsa-recovered")) {
    request_.is_retry = request_.is_retry || (value != "0" && value != "false" && !value.empty());
  }
}

void RequestParser::on_header_impl(ErrorCode& /*error*/) {
  header_done_ = true;
  const bool is_http11 = version_ == 11;
  if (has_encoding_ && !is_http11) {
    complaint_ = "HTTP/1.0 has no Transfer-Encoding";
  }
  if (hosts_ > 1 || (is_http11 && hosts_ == 0)) {
    complaint_ = "a request has one Host header";
  }
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t /*remaining*/, StringView bytes,
                                              ErrorCode& /*error*/) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace hapax
