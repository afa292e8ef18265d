#include "admission/object_reader.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"

namespace countersign::admission {
namespace {

constexpr std::string_view kMirrorAnnotation = "kubernetes.io/config.mirror";

/// "apps/v1" of group "apps" and version "v1"; "v1" of the core group.
bool is_api_version_of(std::string_view text, std::string_view group, std::string_view version) {
  if (group.empty()) return text == version;
  return text.size() == group.size() + 1 + version.size() && text.starts_with(group) &&
         text[group.size()] == '/' && text.ends_with(version);
}

/// The object must be what the request says that it is.
Status compare_type(const Review& review, const Member& api_version, const Member& kind,
                    std::string_view where) {
  COUNTERSIGN_TRY(const auto kind_text, string_of(kind, Place(where, "kind")));
  if (kind_text != review.kind) {
    return unsupported("kind", where,
                       fmt::format("kind \"{}\" is not the request's \"{}\"",
                                   printable(kind_text, 64), printable(review.kind, 64)));
  }
  COUNTERSIGN_TRY(const auto version_text, string_of(api_version, Place(where, "apiVersion")));
  if (!is_api_version_of(version_text, review.group, review.version)) {
    return unsupported("api-version", where,
                       fmt::format("apiVersion \"{}\" is not the request's group and version",
                                   printable(version_text, 64)));
  }
  return ok();
}

}  // namespace

void ReadObject::clear() {
  auto kept = std::move(images);
  kept.clear();
  *this = {};
  images = std::move(kept);
}

Status ObjectReader::read(const Review& review, const Workload& workload, const Member& member,
                          std::string_view where, ReadObject& object) {
  object.clear();
  COUNTERSIGN_TRY(const auto root, object_of(member, where));
  if (!root) return unsupported("object", where, "want an object");
  const std::array<Name, 4> names = {"apiVersion", "kind", "metadata", Name(workload.steps[0])};
  Members<4> members;
  COUNTERSIGN_CHECK(pick_members(seen_, *root, names, members, where));

  COUNTERSIGN_CHECK(compare_type(review, members[0], members[1], where));
  COUNTERSIGN_CHECK(read_metadata(members[2], where, object));

  Member step = members[3];
  std::size_t length = workload.steps[0].size();
  for (std::size_t i = 1; i < workload.steps.size() && !workload.steps[i].empty(); ++i) {
    const Place place(where, workload.pod_spec.substr(0, length));
    COUNTERSIGN_TRY(const auto inner, object_of(step, place));
    if (!inner) return ok();  // no template: no images
    Members<1> next;
    COUNTERSIGN_CHECK(
        pick_members(seen_, *inner, std::array<Name, 1>{Name(workload.steps[i])}, next, place));
    step = next[0];
    length += 1 + workload.steps[i].size();
  }
  if (!step.present && workload.source == PodSource::kPod) {
    return unsupported("object", where, "a Pod without spec");
  }
  return read_pod_spec(workload, step, where, object);
}

Status ObjectReader::check_type(const Review& review, const Member& member,
                                std::string_view where) {
  COUNTERSIGN_TRY(const auto root, object_of(member, where));
  if (!root) return unsupported("object", where, "want an object");
  static constexpr std::array<Name, 2> kNames = {"apiVersion", "kind"};
  Members<kNames.size()> members;
  COUNTERSIGN_CHECK(pick_members(seen_, *root, kNames, members, where));
  return compare_type(review, members[0], members[1], where);
}

Status ObjectReader::read_metadata(const Member& metadata, std::string_view where,
                                   ReadObject& object) {
  COUNTERSIGN_TRY(const auto root, object_of(metadata, Place(where, "metadata")));
  if (!root) return ok();
  static constexpr std::array<Name, 6> kNames = {
      "name", "generateName", "namespace", "deletionTimestamp", "annotations", "ownerReferences"};
  Members<kNames.size()> members;
  COUNTERSIGN_CHECK(pick_members(seen_, *root, kNames, members, Place(where, "metadata")));
  COUNTERSIGN_TRY(object.name, string_of(members[0], Place(where, "metadata.name")));
  COUNTERSIGN_TRY(object.generate_name,
                  string_of(members[1], Place(where, "metadata.generateName")));
  COUNTERSIGN_TRY(object.namespace_name, string_of(members[2], Place(where, "metadata.namespace")));
  COUNTERSIGN_TRY(const auto deleted,
                  string_of(members[3], Place(where, "metadata.deletionTimestamp")));
  object.deleting = !deleted.empty();
  object.annotations = members[4];
  object.owners = members[5];
  return ok();
}

Status ObjectReader::read_pod_spec(const Workload& workload, const Member& spec,
                                   std::string_view where, ReadObject& object) {
  const Place place(where, workload.pod_spec);
  COUNTERSIGN_TRY(const auto root, object_of(spec, place));
  if (!root) return ok();
  static constexpr std::array kLists = {ImageList::kInitContainers, ImageList::kContainers,
                                        ImageList::kEphemeralContainers, ImageList::kVolumes};
  static constexpr std::array<Name, 5> kNames = {"initContainers", "containers",
                                                 "ephemeralContainers", "volumes", "nodeName"};
  Members<kNames.size()> members;
  COUNTERSIGN_CHECK(pick_members(seen_, *root, kNames, members, place));
  for (std::size_t i = 0; i < kLists.size(); ++i) {
    COUNTERSIGN_CHECK(read_list(workload, kLists[i], members[i], where, object));
  }
  COUNTERSIGN_TRY(object.node_name, string_of(members[4], Place(where, "spec.nodeName")));
  return ok();
}

Status ObjectReader::read_list(const Workload& workload, ImageList list, const Member& member,
                               std::string_view where, ReadObject& object) {
  if (!member.present) return ok();
  dom::array entries;
  if (member.value.get(entries) != simdjson::SUCCESS) {
    return unsupported(
        "type", std::string_view(fmt::format("{}.{}.{}", where, workload.pod_spec, name(list))),
        "want a list");
  }
  std::uint32_t index = 0;
  for (const dom::element entry : entries) {
    COUNTERSIGN_CHECK(read_entry(workload, list, entry, index, where, object));
    ++index;
  }
  return ok();
}

Status ObjectReader::read_entry(const Workload& workload, ImageList list, dom::element entry,
                                std::uint32_t index, std::string_view where, ReadObject& object) {
  const auto place = [&] {
    return fmt::format("{}.{}.{}[{}]", where, workload.pod_spec, name(list), index);
  };
  dom::object root;
  if (entry.get(root) != simdjson::SUCCESS)
    return unsupported("type", std::string_view(place()), "want an object");
  static constexpr std::array<Name, 2> kNames = {"name", "image"};
  Members<kNames.size()> members;
  if (const auto twice = pick(seen_, root, kNames, members))
    return duplicate(std::string_view(place()), *twice);
  Member image = members[1];
  if (list == ImageList::kVolumes) {
    if (!image.present) return ok();  // a volume of another type
    dom::object source;
    if (image.value.get(source) != simdjson::SUCCESS) {
      return unsupported("type", std::string_view(place() + ".image"), "want an object");
    }
    static constexpr std::array<Name, 1> kReference = {"reference"};
    Members<1> reference;
    if (const auto twice = pick(seen_, source, kReference, reference)) {
      return duplicate(std::string_view(place() + ".image"), *twice);
    }
    image = reference[0];
  }

  Image read{
      .list = list, .index = index, .name = {}, .reference = {}, .pod_spec = workload.pod_spec};
  if (members[0].present && members[0].value.get(read.name) != simdjson::SUCCESS) {
    return unsupported("type", std::string_view(place() + ".name"), "want a string");
  }
  if (image.present && image.value.get(read.reference) != simdjson::SUCCESS) {
    return unsupported("type", std::string_view(place() + ".image"), "want a string");
  }
  // "may be empty in templates": a controller fills it in, and the Pod is judged then.
  const bool later = list == ImageList::kVolumes && workload.source == PodSource::kTemplate;
  if (later && read.reference.empty()) return ok();
  if (object.images.size() == ReviewReader::kMaxImages) {
    return unsupported("too-many", where,
                       fmt::format("more than {} images", ReviewReader::kMaxImages));
  }
  object.images.push_back(read);
  return ok();
}

Result<bool> ObjectReader::is_mirror_pod(const Review& review, const ReadObject& object) {
  if (!review.user_is_node || review.operation != Operation::kCreate ||
      !review.sub_resource.empty() || !review.group.empty() || review.kind != "Pod") {
    return false;
  }
  const std::string_view node = review.username.substr(kNodeUserPrefix.size());
  if (object.node_name != node) return false;

  COUNTERSIGN_TRY(const auto annotations,
                  object_of(object.annotations, "request.object.metadata.annotations"));
  if (!annotations) return false;
  static constexpr std::array<Name, 1> kAnnotation = {Name(kMirrorAnnotation)};
  Members<1> mirror;
  COUNTERSIGN_CHECK(pick_members(seen_, *annotations, kAnnotation, mirror,
                                 "request.object.metadata.annotations"));
  if (!mirror[0].present || !mirror[0].value.is_string()) return false;

  dom::array owners;
  if (!object.owners.present || object.owners.value.get(owners) != simdjson::SUCCESS) return false;
  for (const dom::element owner : owners) {
    dom::object root;
    if (owner.get(root) != simdjson::SUCCESS) return false;
    static constexpr std::array<Name, 3> kNames = {"apiVersion", "kind", "name"};
    Members<kNames.size()> members;
    COUNTERSIGN_CHECK(
        pick_members(seen_, root, kNames, members, "request.object.metadata.ownerReferences"));
    COUNTERSIGN_TRY(const auto api_version, string_of(members[0], "ownerReferences.apiVersion"));
    COUNTERSIGN_TRY(const auto kind, string_of(members[1], "ownerReferences.kind"));
    COUNTERSIGN_TRY(const auto name, string_of(members[2], "ownerReferences.name"));
    if (api_version == "v1" && kind == "Node" && name == node) return true;
  }
  return false;
}

}  // namespace countersign::admission
