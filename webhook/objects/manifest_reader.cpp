#include "objects/manifest_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"
#include "objects/manifest_documents.hpp"

namespace countersign::objects {
namespace {

constexpr Outcome kBad = Outcome::kMalformedReview;
constexpr Reason kManifest{"manifest"};
Error bad(std::string message) { return {kBad, kManifest, std::move(message)}; }

/// What kubectl's YAML reader would see and ours would not, by the characters alone.
Status check_characters(std::string_view text) {
  if (!is_valid_utf8(text)) return bad("not valid UTF-8");
  if (const auto at = first_control_character(text)) {
    return bad(fmt::format("line {}: a control character",
                           1 + std::ranges::count(text.substr(0, *at), '\n')));
  }
  // Next line, line separator, paragraph separator: they end a comment there.
  for (const std::string_view end : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    if (const std::size_t at = text.find(end); at != std::string_view::npos) {
      return bad(
          fmt::format("line {}: a Unicode line separator, which kubectl takes for a line's end",
                      1 + std::ranges::count(text.substr(0, at), '\n')));
    }
  }
  return ok();
}

std::string text_member(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Status add_object(const Json& object, const std::string& where,
                  const std::string& default_namespace, std::vector<ManifestObject>& out) {
  if (!object.is_object()) return bad(where + ": want a Kubernetes object");
  const std::string api_version = text_member(object, "apiVersion");
  const std::string kind = text_member(object, "kind");
  if (api_version.empty() || kind.empty()) return bad(where + ": apiVersion and kind are missing");
  // As kubectl decides it, whatever the kind.
  if (kind == "List" && !object.contains("items")) return bad(where + ": a List without items");
  if (object.contains("items")) {
    const Json& items = object["items"];
    if (items.is_null()) return ok();
    if (!items.is_array()) return bad(where + ": items: want an array");
    for (std::size_t i = 0; i < items.size(); ++i) {
      COUNTERSIGN_CHECK(
          add_object(items[i], fmt::format("{}: items[{}]", where, i), default_namespace, out));
    }
    return ok();
  }
  const std::size_t slash = api_version.find('/');
  const std::string group = slash == std::string::npos ? "" : api_version.substr(0, slash);
  const std::string version =
      slash == std::string::npos ? api_version : api_version.substr(slash + 1);
  const auto metadata = object.find("metadata");
  std::string namespace_name = default_namespace;
  std::string name;
  if (metadata != object.end() && metadata->is_object()) {
    if (const std::string own = text_member(*metadata, "namespace"); !own.empty())
      namespace_name = own;
    name = text_member(*metadata, "name");
    if (name.empty()) name = text_member(*metadata, "generateName");
  }
  const Json kind_json = {{"group", group}, {"version", version}, {"kind", kind}};
  const Json review = {
      {"apiVersion", "admission.k8s.io/v1"},
      {"kind", "AdmissionReview"},
      {"request",
       {{"uid", fmt::format("manifest-{}", out.size() + 1)},
        {"kind", kind_json},
        {"resource",
         {{"group", group}, {"version", version}, {"resource", ascii_lower(kind) + "s"}}},
        {"name", name},
        {"namespace", namespace_name},
        {"operation", "CREATE"},
        {"userInfo", Json::object()},
        {"object", object},
        {"oldObject", nullptr},
        {"dryRun", false}}}};
  out.push_back({.source = fmt::format("{}: {} {}{}{}", where, printable(kind, 63),
                                       printable(namespace_name, 63),
                                       namespace_name.empty() ? "" : "/", printable(name, 128)),
                 .review = review.dump(-1, ' ', false, Json::error_handler_t::replace)});
  return ok();
}

std::string place_of(const std::string& file, std::size_t document, bool alone) {
  return alone ? file : fmt::format("{}: document {}", file, document);
}

/// "web.yaml:7:3: …", as editors take it, where the syntax is broken.
std::string describe(const ManifestProblem& problem, const std::string& file) {
  if (problem.document != 0)
    return place_of(file, problem.document, problem.alone) + ": " + problem.what;
  return fmt::format("{}:{}:{}: {}", file, problem.line + 1, problem.column + 1,
                     printable(problem.what));
}

}  // namespace

Result<std::vector<ManifestObject>> read_manifests(std::string_view text, const std::string& file,
                                                   const std::string& default_namespace) {
  std::vector<ManifestObject> objects;
  if (text.size() > kMaxManifestFileBytes) return bad(file + ": larger than 16 MiB");
  if (auto status = check_characters(text); !status)
    return std::move(status).error().while_doing(file);
  ManifestDocuments read = read_documents(text);
  if (read.problem) return bad(describe(*read.problem, file));
  const bool alone = read.documents.size() == 1;
  for (std::size_t i = 0; i < read.documents.size(); ++i) {
    if (read.documents[i].is_null()) continue;
    COUNTERSIGN_CHECK(
        add_object(read.documents[i], place_of(file, i + 1, alone), default_namespace, objects));
    read.documents[i] = nullptr;  // its memory is not needed beside the next one's
  }
  // Nothing to verify is no success: somebody meant a file with something in it.
  if (objects.empty()) return bad(file + ": no Kubernetes object in it");
  return objects;
}

}  // namespace countersign::objects
