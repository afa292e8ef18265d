#include "adapters/registry/error_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/http/headers.hpp"
#include "adapters/resilience/retry.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace countersign::registry {
namespace {

constexpr std::size_t kMaxCodes = 3;
constexpr std::size_t kMaxCode = 64;
constexpr std::size_t kMaxMessage = 256;
constexpr JsonLimits kLimits{.max_bytes = std::size_t{16} * 1024, .max_depth = 16};

/// Attackers write this, and people read it in a terminal.
std::string ascii_only(std::string_view text, std::size_t limit) {
  std::string shown = printable(text, limit);
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return shown;
}

std::string text_of(const Json& object, std::string_view name, std::size_t limit) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return ascii_only(found->get_ref<const std::string&>(), limit);
}

struct Meaning {
  Outcome outcome;
  Reason reason;
};

Meaning meaning_of(const http::Response& response, const ErrorBody& body) {
  const long status = response.status;
  if (status == 429 || body.has("TOOMANYREQUESTS"))
    return {Outcome::kRegistryThrottled, "RATE_LIMITED"};
  if (status == 401) return {Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"};
  if (status == 403 || status == 451) return {Outcome::kRegistryUnauthorized, "DENIED"};
  if (status == 404 && has_marks(response)) return {Outcome::kImageNotFound, "NOT_FOUND"};
  // Somebody in front of the registry does not know it.
  if (status == 404) return {Outcome::kRegistryUnreachable, "SERVER_ERROR"};
  if (resilience::is_server_trouble(status)) return {Outcome::kRegistryUnreachable, "SERVER_ERROR"};
  return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE"};
}

}  // namespace

bool ErrorBody::has(std::string_view code) const {
  return std::ranges::find(codes, code) != codes.end();
}

ErrorBody read_error_body(std::string_view body) {
  ErrorBody read;
  const auto document = parse_json(body, kLimits, Outcome::kRegistryMisbehaved, "BAD_RESPONSE");
  if (!document || !document->is_object()) return read;
  const auto errors = document->find("errors");
  if (errors == document->end() || !errors->is_array()) return read;
  for (const Json& each : *errors) {
    if (!each.is_object() || read.codes.size() >= kMaxCodes) continue;
    std::string code = text_of(each, "code", kMaxCode);
    if (code.empty()) continue;
    if (read.message.empty()) read.message = text_of(each, "message", kMaxMessage);
    read.codes.push_back(std::move(code));
  }
  return read;
}

bool has_marks(const http::Response& response) {
  return !header(response, "docker-distribution-api-version").empty() ||
         !read_error_body(response.body).codes.empty();
}

resilience::Condition condition_of(http::Method method, resilience::Category category,
                                   const http::Response& response) {
  using resilience::Condition;
  if (response.status < 400) return Condition::kFine;
  if (response.status == 429 || read_error_body(response.body).has("TOOMANYREQUESTS"))
    return Condition::kRateLimited;
  if (resilience::is_server_trouble(response.status)) return Condition::kTrouble;
  const bool asked_otherwise =
      method == http::Method::kHead || category != resilience::Category::kRead;
  if (response.status == 404 && !asked_otherwise && !has_marks(response))
    return Condition::kTrouble;
  return Condition::kFine;
}

Error status_error(std::string_view what, const http::Response& response) {
  const ErrorBody body = read_error_body(response.body);
  const Meaning meaning = meaning_of(response, body);
  std::string detail;
  for (const std::string& code : body.codes) detail.append(detail.empty() ? "" : ", ").append(code);
  if (!body.message.empty()) detail.append(": ").append(body.message);
  std::string text = fmt::format("{}: answered {}", what, response.status);
  if (!detail.empty()) text.append(" (").append(detail).append(")");
  if (response.status == 404 && !has_marks(response))
    text.append(", which is not a registry's answer: something in front of it does not know it");
  if (response.status == 424) text.append(": the registry cannot ask the one that it stands for");
  return {meaning.outcome, meaning.reason, std::move(text)};
}

}  // namespace countersign::registry
