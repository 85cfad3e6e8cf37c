// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <utility>

#include "boards/board.hpp"
#include "boards/board_store.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

constexpr std::string_view kWeb = R"-({"name":"Web","panels":[
  {"id":"now","title":"Users, minute by minute","view":"active_users_per_minute","query":"group_by=","chart":"line","measure":"users","span":3},
  {"id":"sessions","title":"Sessions today","view":"sessions_per_day","query":"group_by=&measures=sessions","chart":"number","measure":"sessions"},
  {"id":"pages","title":"Page views an hour","view":"pages_per_hour","query":"group_by=&measures=count","chart":"area","measure":"count","span":2},
  {"id":"per_day","title":"Sessions a day","view":"sessions_per_day","query":"group_by=&measures=sessions,bounces","chart":"bar","measure":"sessions","span":2},
  {"id":"top_pages","title":"Pages","view":"pages_per_hour","query":"window=1d&group_by=context.page.path&measures=count,users&order=-count&limit=20","chart":"table","span":2,"rows":2},
  {"id":"entries","title":"Where sessions begin","view":"entry_pages_per_day","query":"group_by=context.page.path&measures=sessions,bounces,pages&order=-sessions&limit=20","chart":"table","span":2,"rows":2},
  {"id":"referrers","title":"Referrers","view":"referrers_per_day","query":"group_by=context.page.referrer&order=-count&limit=20","chart":"table","span":2},
  {"id":"campaigns","title":"Campaigns","view":"campaigns_per_day","query":"group_by=context.campaign.source,context.campaign.name&order=-count&limit=20","chart":"table","span":2}]})-";

constexpr std::string_view kProduct = R"-({"name":"Product","panels":[
  {"id":"daily","title":"Users today","view":"active_users_per_day","query":"group_by=","chart":"number","measure":"users"},
  {"id":"weekly","title":"Users this week","view":"active_users_per_week","query":"group_by=","chart":"number","measure":"users"},
  {"id":"monthly","title":"Users this month","view":"active_users_per_month","query":"group_by=","chart":"number","measure":"users"},
  {"id":"new","title":"New users today","view":"new_users_per_day","query":"group_by=","chart":"number","measure":"users"},
  {"id":"per_day","title":"Users a day","view":"active_users_per_day","query":"group_by=","chart":"line","measure":"users","span":2},
  {"id":"new_per_day","title":"New users a day","view":"new_users_per_day","query":"group_by=","chart":"bar","measure":"users","span":2},
  {"id":"events","title":"Events an hour","view":"events_per_hour","query":"group_by=event&measures=count","chart":"area","measure":"count","span":2},
  {"id":"top_events","title":"Events today","view":"events_per_day","query":"group_by=event&measures=count,users&order=-count&limit=20","chart":"table","span":2},
  {"id":"length","title":"Seconds of a session","view":"sessions_per_day","query":"group_by=&measures=seconds","chart":"line","measure":"seconds","span":2},
  {"id":"depth","title":"Events of a session","view":"sessions_per_day","query":"group_by=&measures=events","chart":"line","measure":"events","span":2}]})-";

constexpr std::string_view kSurvey = R"-({"name":"Survey","panels":[
  {"id":"answers","title":"Answers today","view":"survey_answers","query":"group_by=&measures=count","chart":"number","measure":"count"},
  {"id":"people","title":"People today","view":"survey_answers","query":"group_by=&measures=users","chart":"number","measure":"users"},
  {"id":"now","title":"Answers, minute by minute","view":"events_per_minute","query":"event=Survey+Answered&group_by=&measures=count","chart":"line","measure":"count","span":2},
  {"id":"options","title":"Answers by option","view":"survey_answers","query":"group_by=properties.question,properties.option&measures=count&order=-count&limit=50","chart":"bar","measure":"count","span":2,"rows":2},
  {"id":"table","title":"Questions and options","view":"survey_answers","query":"group_by=properties.question,properties.option&order=-count&limit=100","chart":"table","span":2,"rows":2}]})-";

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kBoards{
    {{"product", kProduct}, {"survey", kSurvey}, {"web", kWeb}}};

}  // namespace

std::vector<Document> made_boards() {
  std::vector<Document> boards;
  for (const auto& [id, text] : kBoards) {
    std::string json = board_json(parse_board(text, id).value());  // A test reads each.
    std::string revision = fmt::format("made-{:016x}", hash64(json));
    boards.push_back({.id = std::string(id),
                      .revision = std::move(revision),
                      .origin = DocumentOrigin::kMade,
                      .text = std::move(json)});
  }
  return boards;
}

}  // namespace hapax
