#include "commands/manifest_reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

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

/// YAML 1.1 as kubectl reads it, into JSON. Aliases are followed, so nodes and their bytes are
/// counted as they are written out, over all documents of a file.
class Converter {
 public:
  Result<Json> convert(const YAML::Node& node, std::size_t depth = 0) {
    if (depth > kMaxDepth) return bad("nested too deeply");
    if (++nodes_ > kMaxNodes) return bad("too many values");
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
      case YAML::NodeType::Map: {
        Json object = Json::object();
        std::vector<YAML::Node> merged;
        for (const auto& entry : node) {
          if (!entry.first.IsScalar()) return bad("a key that is not a scalar");
          const std::string& key = entry.first.Scalar();
          if (key == "<<" && entry.first.Tag() != "!") {
            merged.push_back(entry.second);
            continue;
          }
          if (object.contains(key))
            return bad(fmt::format("key \"{}\" stands twice in one mapping", printable(key, 64)));
          COUNTERSIGN_CHECK(count(key));
          COUNTERSIGN_TRY(object[key], convert(entry.second, depth + 1));
        }
        for (const YAML::Node& other : merged) COUNTERSIGN_CHECK(merge(other, depth, object));
        return object;
      }
    }
    return bad("unknown YAML node");
  }

 private:
  Status count(std::string_view text) {
    bytes_ += text.size();
    if (bytes_ > kMaxScalarBytes) return bad("too much text");
    return ok();
  }

  /// `<<: *other` or `<<: [*first, *second]`: what is not there yet. kubectl does so, and images
  /// may come that way.
  Status merge(const YAML::Node& other, std::size_t depth, Json& object) {
    if (other.IsSequence()) {
      for (const YAML::Node& each : other) {
        if (!each.IsMap()) return bad("a merge key wants mappings");
        COUNTERSIGN_CHECK(merge(each, depth, object));
      }
      return ok();
    }
    if (!other.IsMap()) return bad("a merge key wants mappings");
    COUNTERSIGN_TRY(const Json more, convert(other, depth + 1));
    for (const auto& [key, value] : more.items()) {
      if (!object.contains(key)) object[key] = value;
    }
    return ok();
  }

  static Json scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "!") return text;  // quoted
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
  if (kind.ends_with("List") && object.contains("items")) {
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
  if (!is_valid_utf8(text)) return bad(file + ": not valid UTF-8");
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
