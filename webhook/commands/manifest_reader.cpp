#include "commands/manifest_reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "base/text.hpp"

namespace countersign::commands {
namespace {

constexpr Outcome kBad = Outcome::kMalformedReview;
constexpr Reason kManifest{"manifest"};
constexpr std::size_t kMaxDepth = 200;
constexpr std::size_t kMaxNodes = 500'000;
constexpr std::size_t kMaxScalarBytes = 4 * kMaxManifestFileBytes;

Error bad(std::string message) { return {kBad, kManifest, std::move(message)}; }

constexpr std::string_view kStringTag = "tag:yaml.org,2002:str";

/// Without a tag ("?"), quoted ("!"), or with one that says what is there anyway. Others change
/// what a reader makes of a value, and not every reader alike: kubectl decodes `!!binary`, even in
/// keys.
bool is_usual(const std::string& tag) {
  return tag.empty() || tag == "?" || tag == "!" || tag == kStringTag ||
         tag == "tag:yaml.org,2002:map" || tag == "tag:yaml.org,2002:seq";
}

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

/// YAML 1.1 as kubectl reads it, into JSON. Where readers differ, it is refused. Aliases are
/// followed, so nodes and their bytes are counted as they are written out, over all documents of a
/// file.
class Converter {
 public:
  Result<Json> convert(const YAML::Node& node, std::size_t depth = 0) {
    if (depth > kMaxDepth) return bad("nested too deeply");
    if (++nodes_ > kMaxNodes) return bad("too many values");
    COUNTERSIGN_CHECK(check_tag(node));
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Json(nullptr);
      case YAML::NodeType::Scalar:
        COUNTERSIGN_CHECK(count(node.Scalar()));
        return scalar(node);
      case YAML::NodeType::Sequence: {
        Json array = Json::array();
        for (const YAML::Node& item : node) {
          COUNTERSIGN_TRY(Json value, convert(item, depth + 1));
          array.push_back(std::move(value));
        }
        return array;
      }
      case YAML::NodeType::Map:
        return mapping(node, depth);
    }
    return bad("unknown YAML node");
  }

 private:
  Status count(std::string_view text) {
    bytes_ += text.size();
    if (bytes_ > kMaxScalarBytes) return bad("too much text");
    return ok();
  }

  static Status check_tag(const YAML::Node& node) {
    if (is_usual(node.Tag())) return ok();
    return bad(fmt::format("line {}: the tag {} is not supported", node.Mark().line + 1,
                           printable(node.Tag(), 64)));
  }

  Result<Json> mapping(const YAML::Node& node, std::size_t depth) {
    Json object = Json::object();
    std::set<std::string> merged;  // of the keys of `object`, those that a merge brought
    bool has_merge = false;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return bad("a key that is not a scalar");
      COUNTERSIGN_CHECK(check_tag(entry.first));
      const std::string& key = entry.first.Scalar();
      if (key == "<<" && entry.first.Tag() != "!") {
        if (std::exchange(has_merge, true)) return bad("two merge keys in one mapping");
        COUNTERSIGN_CHECK(merge(entry.second, depth, object, merged));
        continue;
      }
      if (object.contains(key) && merged.erase(key) == 0)
        return bad(fmt::format("key \"{}\" stands twice in one mapping", printable(key, 64)));
      COUNTERSIGN_CHECK(count(key));
      COUNTERSIGN_TRY(object[key], convert(entry.second, depth + 1));
    }
    return object;
  }

  /// `<<: *other` or `<<: [*first, *second]`: what is not there yet. kubectl does so, and images
  /// may come that way. What stands before the merge key is overridden by it in some readers only.
  Status merge(const YAML::Node& other, std::size_t depth, Json& object,
               std::set<std::string>& merged) {
    COUNTERSIGN_CHECK(check_tag(other));
    if (other.IsSequence()) {
      for (const YAML::Node& each : other) {
        if (!each.IsMap()) return bad("a merge key wants mappings");
        COUNTERSIGN_CHECK(merge(each, depth, object, merged));
      }
      return ok();
    }
    if (!other.IsMap()) return bad("a merge key wants mappings");
    COUNTERSIGN_TRY(const Json more, convert(other, depth + 1));
    for (const auto& [key, value] : more.items()) {
      if (merged.contains(key)) continue;
      if (object.contains(key)) {
        return bad(
            fmt::format("key \"{}\" stands before a merge that has it, too: put the merge first",
                        printable(key, 64)));
      }
      object[key] = value;
      merged.insert(key);
    }
    return ok();
  }

  static Json scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "!" || node.Tag() == kStringTag) return text;  // "!": quoted
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
      return nullptr;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    std::int64_t whole = 0;
    if (YAML::convert<std::int64_t>::decode(node, whole)) return whole;
    double number = 0;
    const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
    if (numeric && YAML::convert<double>::decode(node, number) && std::isfinite(number))
      return number;
    return text;
  }

  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

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

}  // namespace

Result<std::vector<ManifestObject>> read_manifests(std::string_view text, const std::string& file,
                                                   const std::string& default_namespace) {
  std::vector<ManifestObject> objects;
  if (text.size() > kMaxManifestFileBytes) return bad(file + ": larger than 16 MiB");
  if (auto status = check_characters(text); !status)
    return std::move(status).error().while_doing(file);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
    Converter converter;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      if (documents[i].IsNull()) continue;
      const std::string where =
          documents.size() == 1 ? file : fmt::format("{}: document {}", file, i + 1);
      auto json = converter.convert(documents[i]);
      if (!json) return std::move(json).error().while_doing(where);
      COUNTERSIGN_CHECK(add_object(*json, where, default_namespace, objects));
    }
    // Nothing to verify is no success: somebody meant a file with something in it.
    if (objects.empty()) return bad(file + ": no Kubernetes object in it");
  } catch (const YAML::Exception& exception) {
    return bad(fmt::format("{}:{}:{}: {}", file, exception.mark.line + 1, exception.mark.column + 1,
                           printable(exception.msg)));
  }
  return objects;
}

}  // namespace countersign::commands
