#include "vectors/case_servers.hpp"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "adapters/responders/responders.hpp"
#include "async/loop.hpp"
#include "async/run_to_end.hpp"

namespace countersign::vectors {
namespace {

/// Nothing here takes time; a case that hangs ends all the same.
constexpr std::chrono::seconds kPatience{60};

Error unreachable(const std::string& how) {
  if (how == "refused") return {Outcome::kRegistryUnreachable, "CONNECT_FAILED", "cannot connect"};
  if (how == "timeout") return {Outcome::kRegistryUnreachable, "TIMEOUT", "no answer in time"};
  throw std::runtime_error("no way to fail: " + how);
}

Result<http::Response> answer_of(const nlohmann::ordered_json& answer) {
  if (answer.contains("fails")) return unreachable(answer.at("fails").get<std::string>());
  http::Response response;
  response.status = answer.at("status").get<long>();
  if (answer.contains("contentType"))
    response.headers.emplace_back("content-type", answer.at("contentType").get<std::string>());
  if (answer.contains("location")) response.redirect_url = answer.at("location").get<std::string>();
  if (answer.contains("base64")) {
    const auto body = from_base64(answer.at("base64").get<std::string>());
    if (!body) throw std::runtime_error("bad base64");
    response.body = as_text(*body);
  }
  return response;
}

}  // namespace

CaseServers::CaseServers(const nlohmann::ordered_json& responders) {
  for (const auto& [address, answer] : responders.items())
    answers_.emplace(address, answer_of(answer));
}

std::string CaseServers::address_of(const std::string& url) const {
  const std::string parent = url.substr(0, url.rfind('/') + 1);
  for (const std::string& address : {url, parent, parent.substr(0, parent.size() - 1)}) {
    if (answers_.contains(address)) return address;
  }
  return url;
}

Task<http::Response> CaseServers::send(http::Request request, Deadline /*deadline*/) {
  const std::string address = address_of(request.url.to_string());
  asked_.insert(address);
  const auto found = answers_.find(address);
  if (found == answers_.end()) co_return unreachable("refused");
  if (found->second && found->second->body.size() > request.max_body) {
    co_return Error(Outcome::kRegistryMisbehaved, "TOO_LARGE", "the answer is larger than allowed");
  }
  co_return found->second;
}

revocation::ChainAnswer CaseServers::ask(const revocation::ChainQuestion& question) {
  Loop loop;
  BackRoom back_room;
  TaskSet tasks(loop.get_executor(), real_clock(), {});
  responders::Responders responders(*this, *store_, back_room, tasks, nullptr);
  const responders::Places nowhere;
  auto answer =
      *run_to_end(loop, responders.statuses_of(question, nowhere, Deadline::after(kPatience)));
  if (!*run_to_end(loop, tasks.end(Deadline::after(kPatience))))
    throw std::runtime_error("a fetch did not end");
  return answer;
}

}  // namespace countersign::vectors
