#include "trust/policy_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/contains.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "oci/image_reference.hpp"

namespace countersign::trust {
namespace {

constexpr std::array<std::string_view, 2> kDocumentFields = {"version", "trustPolicies"};
constexpr std::array<std::string_view, 5> kStatementFields = {
    "name", "registryScopes", "signatureVerification", "trustStores", "trustedIdentities"};
constexpr std::array<std::string_view, 3> kVerificationFields = {"level", "override",
                                                                 "verifyTimestamp"};
constexpr std::array<std::string_view, 4> kLevels = {"strict", "permissive", "audit", "skip"};
constexpr std::string_view kSubjectPrefix = "x509.subject";

VerificationLevel base_level(std::string_view name) {
  using enum CheckAction;
  VerificationLevel level;
  level.name = name;
  if (name == "strict") {
    level.actions = {kEnforce, kEnforce, kEnforce, kEnforce, kEnforce};
  } else if (name == "permissive") {
    level.actions = {kEnforce, kEnforce, kLog, kLog, kLog};
  } else if (name == "audit") {
    level.actions = {kEnforce, kLog, kLog, kLog, kLog};
  } else {
    level.actions = {kSkip, kSkip, kSkip, kSkip, kSkip};
  }
  return level;
}

std::optional<Check> check_named(std::string_view text) {
  for (const Check check : kAllChecks) {
    if (name(check) == text) return check;
  }
  return std::nullopt;
}

/// Reads one document and gathers what is wrong with it.
class DocumentReader {
 public:
  PolicyDocument::Parsed read(std::string_view json, std::vector<Statement>& statements) {
    read_document(json, statements);
    return std::move(parsed_);
  }

 private:
  void problem(Reason reason, std::string message) {
    parsed_.problems.emplace_back(Outcome::kNoPolicy, reason, std::move(message));
  }
  void warning(std::string message) { parsed_.warnings.push_back(std::move(message)); }

  /// Unknown fields are accepted with a warning; a known one in another case is ambiguous (PO-3).
  template <class Fields>
  void check_fields(const Json& object, const std::string& path, const Fields& known) {
    const std::string dot = path.empty() ? "" : path + ".";
    for (const auto& [key, value] : object.items()) {
      if (contains(known, std::string_view(key))) continue;
      const auto variant = std::ranges::find_if(
          known, [&](std::string_view field) { return ascii_iequals(key, field); });
      if (variant != std::ranges::end(known)) {
        problem("PO-3", fmt::format("{}{}: write \"{}\"", dot, printable(key, 64), *variant));
        continue;
      }
      const std::string_view meant = nearest(key, known);
      warning(fmt::format("{}{}: unknown field is ignored{}", dot, printable(key, 64),
                          meant.empty() ? "" : fmt::format("; was \"{}\" meant?", meant)));
    }
  }

  /// The strings of an optional array member; a problem for anything else.
  std::vector<std::string> strings(const Json& object, const std::string& path,
                                   std::string_view field) {
    std::vector<std::string> out;
    const auto member = object.find(field);
    if (member == object.end() || member->is_null()) return out;
    if (!member->is_array()) {
      problem("PO-3", fmt::format("{}.{}: want an array of strings", path, field));
      return out;
    }
    for (std::size_t i = 0; i < member->size(); ++i) {
      const Json& item = (*member)[i];
      if (!item.is_string()) {
        problem("PO-3", fmt::format("{}.{}[{}]: want a string", path, field, i));
        continue;
      }
      out.push_back(item.get<std::string>());
    }
    return out;
  }

  std::optional<std::string> string(const Json& object, const std::string& path,
                                    std::string_view field) {
    const auto member = object.find(field);
    if (member == object.end() || member->is_null()) return std::nullopt;
    if (!member->is_string()) {
      problem("PO-3", fmt::format("{}{}{}: want a string", path, path.empty() ? "" : ".", field));
      return std::nullopt;
    }
    return member->get<std::string>();
  }

  void read_document(std::string_view json, std::vector<Statement>& statements) {
    auto document = parse_json(json, {.max_bytes = kMaxPolicyBytes, .max_depth = 32},
                               Outcome::kNoPolicy, "PO-3");
    if (!document) {
      parsed_.problems.push_back(std::move(document).error().while_doing("malformed trust policy"));
      return;
    }
    if (!document->is_object()) return problem("PO-3", "malformed trust policy: want an object");
    check_fields(*document, "", kDocumentFields);
    const std::size_t before = parsed_.problems.size();
    const auto version = string(*document, "", "version");
    if (parsed_.problems.size() == before) {
      if (!version || version->empty()) {
        problem("PO-3", "version: missing; write \"version\": \"1.0\"");
      } else if (*version != "1.0") {
        problem("PO-3", fmt::format("version: \"{}\" is not supported; this is version \"1.0\"",
                                    printable(*version, 32)));
      }
    }
    const auto list = document->find("trustPolicies");
    if (list == document->end() || !list->is_array() || list->empty()) {
      return problem("PO-3", "trustPolicies: want at least one trust policy statement");
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      statements.push_back(read_statement((*list)[i], fmt::format("trustPolicies[{}]", i)));
    }
  }

  Statement read_statement(const Json& json, const std::string& path) {
    Statement statement;
    if (!json.is_object()) {
      problem("PO-3", path + ": want an object");
      return statement;
    }
    check_fields(json, path, kStatementFields);
    statement.name = string(json, path, "name").value_or("");
    if (statement.name.empty()) {
      problem("PO-3", path + ".name: missing or empty");
    } else if (!names_.insert(statement.name).second) {
      problem("PO-3", fmt::format("{}.name: \"{}\" stands in more than one statement", path,
                                  printable(statement.name, 64)));
    }
    read_verification(json, path, statement);
    read_stores(strings(json, path, "trustStores"), path, statement);
    read_identities(strings(json, path, "trustedIdentities"), path, statement);
    read_scopes(strings(json, path, "registryScopes"), path, statement);
    return statement;
  }

  void read_verification(const Json& json, const std::string& path, Statement& statement) {
    const std::string here = path + ".signatureVerification";
    const auto verification = json.find("signatureVerification");
    if (verification == json.end() || !verification->is_object()) {
      return problem("PO-3", here + ": missing; it names the verification level");
    }
    check_fields(*verification, here, kVerificationFields);
    const auto level = string(*verification, here, "level");
    if (!level || !contains(kLevels, *level)) {
      const std::string_view meant = level ? nearest(*level, kLevels) : std::string_view();
      problem("PO-3", fmt::format("{}.level: want strict, permissive, audit or skip{}", here,
                                  meant.empty() ? "" : fmt::format("; was \"{}\" meant?", meant)));
      return;
    }
    statement.level = base_level(*level);
    read_override(*verification, here, statement);
    const auto timestamp = string(*verification, here, "verifyTimestamp");
    if (timestamp == "afterCertExpiry") {
      statement.verify_timestamp = VerifyTimestamp::kAfterCertExpiry;
    } else if (timestamp && !timestamp->empty() && timestamp != "always") {
      problem("PO-3", here + ".verifyTimestamp: want always or afterCertExpiry");
    }
  }

  void read_override(const Json& verification, const std::string& path, Statement& statement) {
    const auto overrides = verification.find("override");
    if (overrides == verification.end() || overrides->is_null()) return;
    if (!overrides->is_object()) return problem("PO-12", path + ".override: want an object");
    if (overrides->empty()) return;
    if (statement.level.skips_everything()) {
      return problem("PO-12", path + ".override: level skip cannot be overridden");
    }
    for (const auto& [key, value] : overrides->items()) {
      const std::string here = fmt::format("{}.override.{}", path, printable(key, 64));
      const auto check = check_named(key);
      if (!check) {
        problem("PO-12", here + ": want authenticity, authenticTimestamp, expiry or revocation");
        continue;
      }
      if (*check == Check::kIntegrity) {
        problem("PO-12", here + ": integrity can not be overridden");
        continue;
      }
      const std::string action = value.is_string() ? value.get<std::string>() : std::string();
      CheckAction& slot = statement.level.actions[static_cast<std::size_t>(*check)];
      if (action == "enforce") {
        slot = CheckAction::kEnforce;
      } else if (action == "log") {
        slot = CheckAction::kLog;
      } else if (action == "skip" && *check == Check::kRevocation) {
        slot = CheckAction::kSkip;
      } else {
        problem("PO-12", here + (*check == Check::kRevocation ? ": want enforce, log or skip"
                                                              : ": want enforce or log"));
      }
    }
    statement.level.name = "custom";
  }

  void read_stores(const std::vector<std::string>& stores, const std::string& path,
                   Statement& statement) {
    if (statement.level.skips_everything() && !stores.empty()) {
      problem("PO-10", path + ".trustStores: a statement of level skip must not have any");
    }
    if (!statement.level.skips_everything() && stores.empty()) {
      problem("PO-10", path + ".trustStores: missing or empty; write e.g. \"ca:name\"");
    }
    for (std::size_t i = 0; i < stores.size(); ++i) {
      const std::string here = fmt::format("{}.trustStores[{}]", path, i);
      const std::size_t colon = stores[i].find(':');
      if (colon == std::string::npos) {
        problem("PO-13", fmt::format("{}: \"{}\" is malformed; want <type>:<name>", here,
                                     printable(stores[i], 64)));
        continue;
      }
      const auto type = store_type_named(std::string_view(stores[i]).substr(0, colon));
      const std::string store = stores[i].substr(colon + 1);
      if (!type) {
        problem("PO-13", fmt::format("{}: type \"{}\" is none of ca, signingAuthority, tsa", here,
                                     printable(stores[i].substr(0, colon), 64)));
      } else if (!is_store_name(store)) {
        problem(
            "PO-13",
            fmt::format("{}: \"{}\" is not a trust store name; allowed are letters, digits, _ . -",
                        here, printable(store, 64)));
      } else {
        statement.stores.push_back({*type, store});
      }
    }
  }

  void read_identities(const std::vector<std::string>& identities, const std::string& path,
                       Statement& statement) {
    if (statement.level.skips_everything() && !identities.empty()) {
      problem("PO-10", path + ".trustedIdentities: a statement of level skip must not have any");
    }
    if (!statement.level.skips_everything() && identities.empty()) {
      problem(
          "PO-10",
          path + ".trustedIdentities: missing or empty; write \"x509.subject: C=…, ST=…, O=…\"");
    }
    statement.identities.text = identities;
    bool usable = false;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < identities.size(); ++i) {
      const std::string here = fmt::format("{}.trustedIdentities[{}]", path, i);
      const std::string& identity = identities[i];
      if (identity.empty()) {
        problem("PO-14", here + ": empty");
      } else if (identity == "*") {
        statement.identities.any = true;
        usable = true;
        if (identities.size() > 1) problem("PO-14", here + ": \"*\" must stand alone");
      } else if (const std::size_t colon = identity.find(':'); colon == std::string::npos) {
        problem("PO-14",
                fmt::format("{}: \"{}\" is malformed; want x509.subject:<distinguished name>", here,
                            printable(identity, 64)));
      } else if (identity.substr(0, colon) == kSubjectPrefix) {
        usable = true;
        read_subject(std::string_view(identity).substr(colon + 1), here, i, statement, places);
      }
    }
    if (!identities.empty() && !usable) {
      warning(path + ".trustedIdentities: no x509.subject entry, so nothing can match");
    }
  }

  void read_subject(std::string_view text, const std::string& here, std::size_t index,
                    Statement& statement, std::vector<std::size_t>& places) {
    if (trimmed(text).empty()) return problem("PO-14", here + ": the distinguished name is empty");
    auto subject = parse_distinguished_name(text);
    if (!subject) {
      return problem(subject.error().reason(),
                     fmt::format("{}: {}", here, subject.error().message()));
    }
    if (const std::string_view type = unknown_type(*subject); !type.empty()) {
      warning(
          fmt::format("{}: no subject has an attribute called \"{}\", so that this identity "
                      "matches nothing",
                      here, printable(type, 64)));
    }
    for (std::size_t other = 0; other < statement.identities.subjects.size(); ++other) {
      const DistinguishedName& earlier = statement.identities.subjects[other];
      if (is_subset(earlier, *subject) || is_subset(*subject, earlier)) {
        problem("PO-57",
                fmt::format("{}: overlaps with trustedIdentities[{}]", here, places[other]));
      }
    }
    statement.identities.subjects.push_back(*std::move(subject));
    places.push_back(index);
  }

  void read_scopes(const std::vector<std::string>& scopes, const std::string& path,
                   Statement& statement) {
    if (scopes.empty()) problem("PO-20", path + ".registryScopes: missing or empty");
    for (std::size_t i = 0; i < scopes.size(); ++i) {
      const std::string& scope = scopes[i];
      const std::string here = fmt::format("{}.registryScopes[{}]", path, i);
      if (scope == "*") {
        if (scopes.size() > 1) problem("PO-20", here + ": \"*\" must stand alone");
        if (statement.level.skips_everything()) {
          warning(here +
                  ": level skip for every repository: nothing that has no statement of its own is "
                  "verified");
        }
      } else if (scope.contains('*')) {
        problem("PO-20", fmt::format("{}: registry scope \"{}\" with wild card(s) is not valid",
                                     here, printable(scope, 128)));
        continue;
      } else if (!is_scope(scope)) {
        problem(
            "PO-21",
            fmt::format("{}: registry scope \"{}\" is not valid; want a fully qualified repository "
                        "without scheme, protocol or tag, e.g. registry.example.com/team/app",
                        here, printable(scope, 128)));
        continue;
      }
      const std::string name = scope == "*" ? scope : name_of(scope, here);
      if (!scopes_.insert(name).second) {
        problem("PO-22", fmt::format("{}: registry scope \"{}\" is present more than once", here,
                                     printable(scope, 128)));
      }
      statement.scopes.push_back(name);
    }
  }

  /// What image references are compared with. A scope that none can have would leave its images to
  /// the statement for "*", so it is told (PO-24).
  std::string name_of(const std::string& scope, const std::string& here) {
    const std::string lower = ascii_lower(scope);
    const auto reference = oci::ImageReference::parse(lower);
    if (!reference) {
      const bool hub = reference.error().reason() == Reason("ambiguous-registry");
      problem("PO-24", fmt::format("{}: registry scope \"{}\" is none that an image reference can "
                                   "have{}",
                                   here, printable(scope, 128),
                                   hub ? "; Docker Hub's images are docker.io/NAME/REPOSITORY"
                                       : ": " + reference.error().message()));
      return scope;
    }
    std::string name = reference->name();
    const std::size_t slash = scope.find('/');
    const std::string given =
        std::string(oci::without_default_port(std::string_view(scope).substr(0, slash))) +
        scope.substr(slash);
    if (given != name) {
      problem("PO-24", fmt::format("{}: registry scope \"{}\" is none that an image reference can "
                                   "have; write \"{}\"",
                                   here, printable(scope, 128), printable(name, 128)));
    }
    return name;
  }

  PolicyDocument::Parsed parsed_;
  std::set<std::string> names_;
  std::set<std::string> scopes_;
};

}  // namespace

bool is_scope(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  return oci::is_domain(text.substr(0, slash)) && oci::is_repository_path(text.substr(slash + 1));
}

bool Statement::has_store_of(StoreType type) const noexcept {
  return std::ranges::any_of(stores, [&](const StoreId& store) { return store.type == type; });
}

PolicyDocument::Parsed PolicyDocument::parse(std::string_view json) {
  PolicyDocument document;
  Parsed parsed = DocumentReader().read(json, document.statements_);
  if (parsed.problems.empty()) parsed.document = std::move(document);
  return parsed;
}

const Statement* PolicyDocument::find(std::string_view name) const {
  if (!is_scope(name)) return nullptr;
  const Statement* any = nullptr;
  for (const Statement& statement : statements_) {
    for (const std::string& scope : statement.scopes) {
      if (scope == name) return &statement;
      if (scope == "*") any = &statement;
    }
  }
  return any;
}

}  // namespace countersign::trust
