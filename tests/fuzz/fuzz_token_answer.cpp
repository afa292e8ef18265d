// Any bytes as the answer of a token server; behind an 'E', edits of a good one. A token is the one
// that the answer names, and can stand in a header; it lives an hour at most, and no longer for a
// clock that runs ahead; an error never shows it.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/registry/token.hpp"
#include "fuzz/edited.hpp"
#include "fuzz/json_reading.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/require.hpp"

namespace {

namespace cs = countersign;
using cs::fuzz::require;
using cs::fuzz::text_in;
using cs::registry::read_token_answer;
using cs::registry::TokenAnswer;

constexpr cs::Instant kNow{1'800'000'000, 0};
constexpr std::string_view kGood =
    R"({"token":"0PENSESAME.abc-_~+/=","access_token":"0PENSESAME.def","expires_in":300,)"
    R"("issued_at":"2027-01-15T07:59:00Z","scope":"repository:team/app:pull"})";

/// Every text of more than a few letters in the document, however deep.
bool any_text(const nlohmann::json& json, auto&& holds) {
  if (json.is_string())
    return json.get_ref<const std::string&>().size() >= 12 &&
           holds(json.get_ref<const std::string&>());
  return json.is_structured() &&
         std::ranges::any_of(json, [&](const auto& each) { return any_text(each, holds); });
}

void require_refused(std::string_view text, const cs::Error& error) {
  cs::fuzz::require_showable(error);
  require(error.outcome() == cs::Outcome::kRegistryMisbehaved);
  require(error.reason() == cs::Reason("BAD_RESPONSE"));
  // Names of members are shown, values never.
  if (error.message().contains("stands twice")) return;
  require(!error.message().contains("0PENSE"));
  require(!any_text(cs::fuzz::lenient_json(text),
                    [&](const std::string& value) { return error.message().contains(value); }));
}

void require_lifetime(std::string_view text, const TokenAnswer& answer,
                      const nlohmann::json& json) {
  const auto expires = json.find("expires_in");
  const bool said = expires != json.end() && expires->is_number_unsigned() && *expires > 0U;
  const std::uint64_t most =
      said ? std::min<std::uint64_t>(expires->get<std::uint64_t>(), 3600) : 60;
  require(answer.lifetime.count() >= 0);
  require(static_cast<std::uint64_t>(answer.lifetime.count()) <= most);
  // The later it is, the less is left; before its issue, not more than it was given.
  std::chrono::seconds last = answer.lifetime;
  for (const std::int64_t step : {1L, 59L, 3600L, 31'536'000L}) {
    const auto later = read_token_answer(text, {kNow.seconds + step, 0});
    require(later.has_value() && later->lifetime <= last);
    last = later->lifetime;
  }
  for (const cs::Instant edge : {cs::kFirstInstant, cs::kLastInstant}) {
    const auto at_edge = read_token_answer(text, edge);
    require(at_edge.has_value() && static_cast<std::uint64_t>(at_edge->lifetime.count()) <= most);
  }
  if (text_in(json, "issued_at").empty()) require(answer.lifetime == std::chrono::seconds(most));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with('E')) {
    const auto good = cs::as_bytes(kGood);
    text = cs::as_text(cs::fuzz::edited(cs::Bytes(good.begin(), good.end()), {data + 1, size - 1}));
  }
  std::optional<cs::Result<TokenAnswer>> answer;
  const std::size_t cost = cs::fuzz::peak_of([&] { answer = read_token_answer(text, kNow); });
  require(cost <= 100 * text.size() + 16384);
  if (!*answer) {
    require_refused(text, answer->error());
    return 0;
  }
  const std::string& token = (*answer)->token.reveal();
  require(!token.empty() && token.size() <= 16384 && text.size() <= cs::registry::kMaxTokenAnswer);
  for (const char c : token) require(c > 0x20 && c < 0x7f);
  const auto json = cs::fuzz::lenient_json(text);
  const std::string newer = text_in(json, "access_token");
  require(token == (newer.empty() ? text_in(json, "token") : newer));
  require_lifetime(text, **answer, json);
  return 0;
}
