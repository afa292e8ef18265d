#include "vectors/run_case.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "base/outcome.hpp"
#include "trust/policy_document.hpp"
#include "vectors/case_servers.hpp"
#include "verify/judge.hpp"

namespace countersign::vectors {
namespace {

using trust::Check;
using OrderedJson = nlohmann::ordered_json;

/// In the order in which checks are made and files list them.
constexpr std::array kOrder = {Check::kIntegrity, Check::kAuthenticity, Check::kExpiry,
                               Check::kAuthenticTimestamp, Check::kRevocation};

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

Bytes bytes_of(const std::string& text) {
  const BytesView view = as_bytes(text);
  return {view.begin(), view.end()};
}

Bytes content_of(const OrderedJson& object) {
  if (object.contains("text")) return bytes_of(object.at("text").get<std::string>());
  const auto decoded = from_base64(object.at("base64").get<std::string>());
  if (!decoded) throw std::runtime_error("bad base64");
  return *decoded;
}

trust::StoreId store_id(const std::string& text) {
  const std::size_t colon = text.find(':');
  const auto type = trust::store_type_named(text.substr(0, colon));
  if (!type || colon == std::string::npos) throw std::runtime_error("no store: " + text);
  return {.type = *type, .name = text.substr(colon + 1)};
}

trust::TrustStores load_stores(const std::filesystem::path& folder, const OrderedJson& stores) {
  trust::TrustStores out;
  for (const auto& [name, files] : stores.items()) {
    std::vector<trust::StoreFile> contents;
    for (const OrderedJson& file : files) {
      if (file.is_string()) {
        const std::string shared = file.get<std::string>() + ".pem";
        contents.push_back({shared, bytes_of(read(folder / "certificates" / shared))});
      } else {
        contents.push_back({file.at("name").get<std::string>(), content_of(file)});
      }
    }
    const trust::StoreId id = store_id(name);
    out.emplace(id, trust::load_store(id.type, contents));
  }
  return out;
}

/// The only place that knows how a signature is judged.
verdict::SignatureReport judge(const OrderedJson& document, const trust::Statement& statement,
                               const trust::TrustStores& stores, CaseServers& servers) {
  const OrderedJson& target = document.at("subject");
  const auto digest = oci::Digest::parse(target.at("digest").get<std::string>());
  const auto now = parse_rfc3339(document.at("now").get<std::string>());
  if (!digest || !now) throw std::runtime_error("bad subject or now");
  const ports::Subject subject{.digest = *digest,
                               .media_type = target.at("mediaType").get<std::string>(),
                               .size = target.at("size").get<std::uint64_t>()};
  verdict::UserMetadata required;
  if (document.contains("userMetadata") && !document.at("userMetadata").is_null()) {
    for (const auto& [key, value] : document.at("userMetadata").items())
      required.emplace(key, value.get<std::string>());
  }
  const OrderedJson& signature = document.at("signature");
  const ports::FetchedSignature fetched{.media_type = signature.at("mediaType").get<std::string>(),
                                        .envelope = content_of(signature)};
  return verify::judge_signature(
      "", fetched,
      {.subject = subject,
       .statement = statement,
       .stores = stores,
       .now = *now,
       .required = required},
      [&](const verify::RevocationNeed& need) { return servers.ask(need.question); });
}

void fill(Found& out, const verdict::SignatureReport& report) {
  out.decision.outcome = name(report.outcome);
  out.message = report.message;
  for (const Check check : kOrder) {
    const auto entry = std::ranges::find(report.checks, check, &verdict::CheckReport::check);
    out.decision.checks.emplace_back(
        trust::name(check),
        std::string(trust::name(entry->action)) + " " + std::string(name(entry->result)));
  }
}

}  // namespace

std::vector<Case> find_cases(const std::filesystem::path& folder) {
  std::vector<Case> out;
  const std::filesystem::path root = folder / "cases";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".json") continue;
    const auto relative = std::filesystem::relative(entry.path(), root).replace_extension();
    out.push_back({.name = relative.generic_string(), .path = entry.path().string()});
  }
  std::ranges::sort(out, {}, &Case::name);
  return out;
}

Decision expected_of(const Case& which) {
  const auto document = OrderedJson::parse(read(which.path));
  const OrderedJson& expected = document.at("expected");
  Decision out{.outcome = expected.at("outcome").get<std::string>(), .checks = {}, .asked = {}};
  if (expected.contains("asked")) {
    out.asked = expected.at("asked").get<std::vector<std::string>>();
  } else if (document.contains("responders")) {
    for (const auto& [address, answer] : document.at("responders").items())
      out.asked.push_back(address);
  }
  std::ranges::sort(out.asked);
  if (!expected.contains("checks")) return out;
  for (const auto& [check, result] : expected.at("checks").items())
    out.checks.emplace_back(check, result.get<std::string>());
  return out;
}

Found run_case(const std::filesystem::path& folder, const Case& which) {
  const auto document = OrderedJson::parse(read(which.path));
  Found out;
  const std::string policy = document.contains("policyText")
                                 ? document.at("policyText").get<std::string>()
                                 : document.at("policy").dump();
  const auto parsed = trust::PolicyDocument::parse(policy);
  if (!parsed.document) {
    out.decision.outcome = name(Outcome::kNoPolicy);
    out.message = parsed.problems.front().message();
    return out;
  }
  const trust::Statement* statement =
      parsed.document->find(document.at("image").get<std::string>());
  if (statement == nullptr) {
    out.decision.outcome = name(Outcome::kNoPolicy);
    out.message = "no statement applies";
    return out;
  }
  if (statement->level.skips_everything()) {
    out.decision.outcome = name(Outcome::kSkipped);
    return out;
  }
  CaseServers servers(document.contains("responders") ? document.at("responders")
                                                      : OrderedJson::object());
  fill(out, judge(document, *statement, load_stores(folder, document.at("stores")), servers));
  out.decision.asked.assign(servers.asked().begin(), servers.asked().end());
  return out;
}

}  // namespace countersign::vectors
