// SPDX-License-Identifier: Apache-2.0
#include "views/catalog/default_views.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "views/catalog/chosen_views.hpp"

namespace hapax {
namespace {

constexpr std::array<std::string_view, 16> kTexts{
    R"-({"name":"events_per_minute","window":{"tumbling":"1m"},"group_by":["source","event","type"],
        "measures":{"count":"count","users":"uniques(user)"}})-",
    R"-({"name":"events_per_hour","window":{"tumbling":"1h"},"group_by":["source","event","type"],
        "measures":{"count":"count","users":"uniques(user)"},"keep":"90d"})-",
    R"-({"name":"events_per_day","window":{"tumbling":"1d"},"group_by":["source","event","type"],
        "measures":{"count":"count","users":"uniques(user)"},"keep":"800d"})-",
    R"-({"name":"active_users_per_minute","window":{"tumbling":"1m"},"group_by":["source"],
        "measures":{"users":"uniques(user)"},"keep":"7d"})-",
    R"-({"name":"active_users_per_hour","window":{"tumbling":"1h"},"group_by":["source"],
        "measures":{"users":"uniques(user)"},"keep":"90d"})-",
    R"-({"name":"active_users_per_day","window":{"tumbling":"1d"},"group_by":["source"],
        "measures":{"users":"uniques(user)"},"keep":"800d"})-",
    R"-({"name":"active_users_per_week","window":{"tumbling":"1w"},"group_by":["source"],
        "measures":{"users":"uniques(user)"},"keep":"800d"})-",
    R"-({"name":"active_users_per_month","window":{"tumbling":"1mo"},"group_by":["source"],
        "measures":{"users":"uniques(user)"},"keep":"1600d"})-",
    R"-({"name":"new_users_per_day","per":"user","window":{"session":"5200w","by":"1d"},
        "group_by":["source"],"measures":{"users":"count"}})-",
    R"-({"name":"sessions_per_day","per":"user","window":{"session":"30m","by":"1d"},
        "group_by":["source"],"measures":{"sessions":"count","seconds":"avg(key.seconds)",
        "events":"avg(key.events)","bounces":"sum(key.bounced)"},"keep":"800d"})-",
    R"-({"name":"entry_pages_per_day","where":{"type":"page"},"per":"user",
        "window":{"session":"30m","by":"1d"},"group_by":["source","context.page.path"],
        "measures":{"sessions":"count","seconds":"avg(key.seconds)","pages":"avg(key.events)",
        "bounces":"sum(key.bounced)"},"keep":"90d"})-",
    R"-({"name":"exit_pages_per_day","where":{"type":"page"},"per":"user",
        "window":{"session":"30m","by":"1d"},"group_by":["source","last(context.page.path)"],
        "measures":{"sessions":"count","seconds":"avg(key.seconds)","pages":"avg(key.events)",
        "bounces":"sum(key.bounced)"},"keep":"90d"})-",
    R"-({"name":"pages_per_hour","where":{"any":[{"type":"page"},{"context.page.path":{"exists":true}}]},
        "window":{"tumbling":"1h"},"group_by":["source","context.page.path"],
        "measures":{"count":"count","users":"uniques(user)"},"keep":"90d"})-",
    R"-({"name":"referrers_per_day","where":{"context.page.referrer":{"ne":""}},
        "window":{"tumbling":"1d"},"group_by":["source","context.page.referrer"],
        "measures":{"count":"count","users":"uniques(user)"},"keep":"800d"})-",
    R"-({"name":"campaigns_per_day","where":{"context.campaign":{"exists":true}},
        "window":{"tumbling":"1d"},
        "group_by":["source","context.campaign.source","context.campaign.medium","context.campaign.name"],
        "measures":{"count":"count","users":"uniques(user)"},"keep":"800d"})-",
    R"-({"name":"survey_answers","where":{"event":"Survey Answered"},"window":{"tumbling":"1d"},
        "group_by":["source","properties.question","properties.option"],
        "measures":{"count":"count","users":"uniques(user)"},"keep":"800d"})-"};

Result<std::vector<ViewSpec>> all_views() {
  std::vector<ViewSpec> views;
  for (const std::string_view text : kTexts) {
    HAPAX_ASSIGN(ViewSpec spec, parse_view_json(text));
    views.push_back(std::move(spec));
  }
  return views;
}

}  // namespace

Result<std::vector<ViewSpec>> default_views(std::string_view names) {
  HAPAX_ASSIGN(const std::vector<ViewSpec> all, all_views());
  std::vector<std::string_view> known;
  known.reserve(all.size());
  for (const ViewSpec& spec : all) {
    known.push_back(spec.name);
  }
  HAPAX_ASSIGN(const std::vector<std::string_view> names_chosen,
               chosen_views(names, known, "is built in"));
  std::vector<ViewSpec> chosen;
  chosen.reserve(names_chosen.size());
  for (const std::string_view name : names_chosen) {
    chosen.push_back(*std::ranges::find(all, name, &ViewSpec::name));
  }
  return chosen;
}

}  // namespace hapax
