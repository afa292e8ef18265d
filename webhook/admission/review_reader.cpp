#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <tuple>
#include <utility>

#include "admission/json_members.hpp"
#include "admission/kinds.hpp"
#include "admission/object_reader.hpp"
#include "admission/review.hpp"
#include "base/text.hpp"

namespace countersign::admission {
namespace {

static_assert(ReviewReader::kPadding >= simdjson::SIMDJSON_PADDING);

/// An ordinary review fits; the parser's memory is touched only as far as a document needs it.
constexpr std::size_t kInitialBytes = std::size_t{64} * 1024;
/// A worker does not keep the memory that a larger review needed.
constexpr std::size_t kRetainedBytes = std::size_t{512} * 1024;

constexpr std::string_view kNodesGroup = "system:nodes";
constexpr std::string_view kEphemeralContainers = "ephemeralcontainers";

Error malformed(Reason reason, std::string_view what) {
  return {Outcome::kMalformedReview, reason, fmt::format("not an AdmissionReview: {}", what)};
}

Error duplicate_in_review(std::string_view where, std::string_view name) {
  return malformed("duplicate-key",
                   fmt::format("{}duplicate key \"{}\"", where, printable(name, 64)));
}

Error syntax_error(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return malformed("json", "the body is empty");
    case simdjson::DEPTH_ERROR:
      return malformed("json-depth", fmt::format("nested deeper than {}", ReviewReader::kMaxDepth));
    case simdjson::UTF8_ERROR:
      return malformed("json-utf8", "not valid UTF-8");
    case simdjson::CAPACITY:
      return malformed("too-large", "too large");
    case simdjson::UNCLOSED_STRING:
      return malformed("json", "the JSON ends inside a string");
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
      return malformed("json", "a JSON string is malformed");
    case simdjson::NUMBER_ERROR:
      return malformed("json", "a JSON number is malformed or out of range");
    case simdjson::MEMALLOC:
      return {Outcome::kOverloaded, "memory", "no memory to read the review"};
    default:
      return malformed("json", "not valid JSON");
  }
}

std::optional<ApiVersion> api_version_named(std::string_view text) {
  for (const auto version : {ApiVersion::kV1, ApiVersion::kV1Beta1}) {
    if (text == name(version)) return version;
  }
  return std::nullopt;
}

Operation operation_named(std::string_view text) {
  for (const auto operation :
       {Operation::kCreate, Operation::kUpdate, Operation::kDelete, Operation::kConnect}) {
    if (text == name(operation)) return operation;
  }
  return Operation::kUnknown;
}

auto identity_of(const Image& image) { return std::tie(image.list, image.name, image.reference); }

}  // namespace

struct ReviewReader::State {
  State() : parser_(kMaxBytes) {}

  Result<Review> read(std::string_view body, std::size_t spare);

 private:
  struct Request;
  Result<Review> read_document(dom::element document);
  Status fill(Review& review, const Request& request);
  Status read_request(Review& review, const Request& request);
  Status read_kind(Review& review, const Member& kind);
  Status read_user(Review& review, const Member& user);
  Status read_workload(Review& review, const Request& request, const Workload& workload);

  dom::parser parser_;
  NameSet seen_;
  ObjectReader objects_{seen_};
  std::vector<char> padded_;
  ReadObject current_;
  ReadObject stored_;
};

/// The members of `request` that are used. Others, requestKind among them, are not: what counts is
/// what the API server converted the object to (kubernetes-admission 1.11).
struct ReviewReader::State::Request {
  static constexpr std::array<Name, 11> kNames = {"uid",    "kind",      "resource",  "subResource",
                                                  "name",   "namespace", "operation", "userInfo",
                                                  "object", "oldObject", "dryRun"};
  Members<kNames.size()> members;

  [[nodiscard]] const Member& uid() const { return members[0]; }
  [[nodiscard]] const Member& kind() const { return members[1]; }
  [[nodiscard]] const Member& resource() const { return members[2]; }
  [[nodiscard]] const Member& sub_resource() const { return members[3]; }
  [[nodiscard]] const Member& name() const { return members[4]; }
  [[nodiscard]] const Member& namespace_name() const { return members[5]; }
  [[nodiscard]] const Member& operation() const { return members[6]; }
  [[nodiscard]] const Member& user_info() const { return members[7]; }
  [[nodiscard]] const Member& object() const { return members[8]; }
  [[nodiscard]] const Member& old_object() const { return members[9]; }
  [[nodiscard]] const Member& dry_run() const { return members[10]; }
};

ReviewReader::ReviewReader() : state_(std::make_unique<State>()) {}
ReviewReader::~ReviewReader() = default;
ReviewReader::ReviewReader(ReviewReader&& other) noexcept = default;
ReviewReader& ReviewReader::operator=(ReviewReader&& other) noexcept = default;

Result<Review> ReviewReader::read(std::string_view body, std::size_t spare) {
  if (body.size() > kMaxBytes) {
    return malformed("too-large", fmt::format("larger than {} bytes", kMaxBytes));
  }
  if (body.size() <= kRetainedBytes) return state_->read(body, spare);
  // Large ones are rare, and take up to thirteen times their size for some milliseconds: one at a
  // time in the whole process, and their memory is given back.
  static std::mutex turn;
  const std::scoped_lock lock(turn);
  return State().read(body, spare);
}

Result<Review> ReviewReader::State::read(std::string_view body, std::size_t spare) {
  if (body.starts_with("\xEF\xBB\xBF")) {
    return malformed("json", "the body starts with a byte-order mark");
  }
  if (const auto error = parser_.capacity() == 0
                             ? parser_.allocate(std::max(kInitialBytes, body.size()), kMaxDepth)
                             : simdjson::SUCCESS;
      error != simdjson::SUCCESS) {
    return syntax_error(error);
  }
  if (spare < kPadding) {
    padded_.resize(body.size() + kPadding);
    std::ranges::copy(body, padded_.begin());
    body = {padded_.data(), body.size()};
  }
  dom::element document;
  if (const auto error = parser_.parse(body.data(), body.size(), false).get(document);
      error != simdjson::SUCCESS) {
    return syntax_error(error);
  }
  return read_document(document);
}

Result<Review> ReviewReader::State::read_document(dom::element document) {
  dom::object root;
  if (document.get(root) != simdjson::SUCCESS) return malformed("type", "want a JSON object");
  static constexpr std::array<Name, 3> kNames = {"apiVersion", "kind", "request"};
  Members<kNames.size()> members;
  if (const auto twice = pick(seen_, root, kNames, members)) {
    return duplicate_in_review("", *twice);
  }
  const auto& [api_version, kind, request_member] = members;

  std::string_view text;
  if (!kind.present || kind.value.get(text) != simdjson::SUCCESS || text != "AdmissionReview") {
    return malformed("kind", "want kind \"AdmissionReview\"");
  }
  if (!api_version.present || api_version.value.get(text) != simdjson::SUCCESS) {
    return malformed("api-version", "want apiVersion \"admission.k8s.io/v1\"");
  }
  const auto version = api_version_named(text);
  if (!version) {
    return malformed("api-version",
                     fmt::format("apiVersion \"{}\" is not served, want \"admission.k8s.io/v1\"",
                                 printable(text, 64)));
  }
  dom::object request_object;
  if (!request_member.present || request_member.value.get(request_object) != simdjson::SUCCESS) {
    return malformed("request", "want a request");
  }

  Request request;
  const auto twice = pick(seen_, request_object, Request::kNames, request.members);
  if (request.uid().twice) return duplicate_in_review("request: ", "uid");
  std::string_view uid;
  if (!request.uid().present || request.uid().value.get(uid) != simdjson::SUCCESS || uid.empty() ||
      uid.size() > kMaxUidBytes) {
    return malformed("uid", fmt::format("want a request.uid of 1 to {} bytes", kMaxUidBytes));
  }

  Review review;
  review.api_version = *version;
  review.uid = review.text.copy(uid);
  review.problem.reset();
  Status status = ok();
  try {
    review.namespace_unread = true;  // until it is
    status = twice ? Status(duplicate("request", *twice)) : fill(review, request);
  } catch (const std::bad_alloc&) {
    // There is a uid to answer to; so short a text needs no memory.
    status = Error(Outcome::kOverloaded, "memory", "out of memory");
  }
  if (!status) {
    review.images.clear();
    review.skip.reset();
    review.problem = std::move(status).error();
  }
  return review;
}

/// The quick exits in the order of kubernetes-admission 3.6.
Status ReviewReader::State::fill(Review& review, const Request& request) {
  COUNTERSIGN_CHECK(read_request(review, request));
  if (review.operation == Operation::kUnknown) {
    return unsupported("operation", "request.operation", "want CREATE, UPDATE, DELETE or CONNECT");
  }
  if (review.operation == Operation::kDelete || review.operation == Operation::kConnect) {
    review.skip = SkipReason::kOperation;
    return ok();
  }
  const bool ephemeral = review.sub_resource == kEphemeralContainers;
  if (!review.sub_resource.empty() && !ephemeral) {
    review.skip = SkipReason::kSubResource;
    return ok();
  }
  const Workload* workload = find_workload(review.group, review.kind);
  if (ephemeral && (workload == nullptr || workload->source != PodSource::kPod)) {
    return unsupported("kind", "request.kind", "ephemeralcontainers is a subresource of Pods");
  }
  if (workload != nullptr) return read_workload(review, request, *workload);
  if (is_built_in_group(review.group)) {
    // Only that it is no workload in disguise.
    COUNTERSIGN_CHECK(objects_.check_type(review, request.object(), "request.object"));
    review.skip = SkipReason::kKind;
    return ok();
  }
  return unsupported(kUnknownKind, "request.kind",
                     fmt::format("no reader for {} of group \"{}\"", printable(review.kind, 64),
                                 printable(review.group, 64)));
}

/// All but the objects. The namespace comes first: the rules need it even if the rest is wrong.
Status ReviewReader::State::read_request(Review& review, const Request& request) {
  const auto take = [&](const Member& member, Place where, std::string_view& into) -> Status {
    COUNTERSIGN_TRY(const std::string_view text, string_of(member, where));
    into = review.text.copy(text);
    return ok();
  };
  COUNTERSIGN_CHECK(take(request.namespace_name(), "request.namespace", review.namespace_name));
  review.namespace_unread = false;
  COUNTERSIGN_CHECK(take(request.name(), "request.name", review.object_name));
  COUNTERSIGN_CHECK(read_kind(review, request.kind()));
  COUNTERSIGN_TRY(const std::string_view operation,
                  string_of(request.operation(), "request.operation"));
  review.operation = operation_named(operation);
  COUNTERSIGN_CHECK(take(request.sub_resource(), "request.subResource", review.sub_resource));

  COUNTERSIGN_TRY(const auto resource, object_of(request.resource(), "request.resource"));
  if (resource) {
    static constexpr std::array<Name, 1> kNames = {"resource"};
    Members<kNames.size()> members;
    COUNTERSIGN_CHECK(pick_members(seen_, *resource, kNames, members, "request.resource"));
    COUNTERSIGN_CHECK(take(members[0], "request.resource.resource", review.resource));
  }
  if (request.dry_run().present &&
      request.dry_run().value.get(review.dry_run) != simdjson::SUCCESS) {
    return unsupported("type", "request.dryRun", "want true or false");
  }
  return read_user(review, request.user_info());
}

Status ReviewReader::State::read_kind(Review& review, const Member& kind) {
  COUNTERSIGN_TRY(const auto object, object_of(kind, "request.kind"));
  if (!object) return unsupported("kind", "request.kind", "want group, version and kind");
  static constexpr std::array<Name, 3> kNames = {"group", "version", "kind"};
  Members<kNames.size()> members;
  COUNTERSIGN_CHECK(pick_members(seen_, *object, kNames, members, "request.kind"));
  COUNTERSIGN_TRY(const auto kind_text, string_of(members[2], "request.kind.kind"));
  COUNTERSIGN_TRY(const auto version, string_of(members[1], "request.kind.version"));
  COUNTERSIGN_TRY(const auto group, string_of(members[0], "request.kind.group"));
  if (kind_text.empty()) return unsupported("kind", "request.kind.kind", "want a kind");
  review.kind = review.text.copy(kind_text);
  review.version = review.text.copy(version);
  review.group = review.text.copy(group);
  return ok();
}

Status ReviewReader::State::read_user(Review& review, const Member& user) {
  COUNTERSIGN_TRY(const auto object, object_of(user, "request.userInfo"));
  if (!object) return ok();
  static constexpr std::array<Name, 2> kNames = {"username", "groups"};
  Members<kNames.size()> members;
  COUNTERSIGN_CHECK(pick_members(seen_, *object, kNames, members, "request.userInfo"));
  COUNTERSIGN_TRY(const auto username, string_of(members[0], "request.userInfo.username"));
  review.username = review.text.copy(username);
  if (!members[1].present) return ok();
  dom::array groups;
  if (members[1].value.get(groups) != simdjson::SUCCESS) {
    return unsupported("type", "request.userInfo.groups", "want a list");
  }
  bool in_nodes = false;
  for (const dom::element group : groups) {
    std::string_view text;
    if (group.get(text) != simdjson::SUCCESS) {
      return unsupported("type", "request.userInfo.groups", "want strings");
    }
    in_nodes = in_nodes || text == kNodesGroup;
  }
  review.user_is_node =
      in_nodes && username.size() > kNodeUserPrefix.size() && username.starts_with(kNodeUserPrefix);
  return ok();
}

Status ReviewReader::State::read_workload(Review& review, const Request& request,
                                          const Workload& workload) {
  COUNTERSIGN_CHECK(objects_.read(review, workload, request.object(), "request.object", current_));
  if (review.object_name.empty()) {
    review.object_name =
        review.text.copy(current_.name.empty() ? current_.generate_name : current_.name);
  }
  if (review.namespace_name.empty()) {
    review.namespace_name = review.text.copy(current_.namespace_name);
  }
  review.images.assign(current_.images.begin(), current_.images.end());

  if (review.operation == Operation::kUpdate && request.old_object().present) {
    COUNTERSIGN_CHECK(
        objects_.read(review, workload, request.old_object(), "request.oldObject", stored_));
    review.deleting = stored_.deleting;
    std::ranges::sort(stored_.images, {}, identity_of);
    for (Image& image : review.images) {
      image.unchanged =
          std::ranges::binary_search(stored_.images, identity_of(image), {}, identity_of);
    }
  }
  for (Image& image : review.images) {
    image.name = review.text.copy(image.name);
    image.reference = review.text.copy(image.reference);
  }

  COUNTERSIGN_TRY(const bool mirror, objects_.is_mirror_pod(review, current_));
  if (mirror) {
    review.skip = SkipReason::kMirrorPod;
  } else if (review.images.empty()) {
    review.skip = SkipReason::kNoImages;
  } else if (std::ranges::all_of(review.images, &Image::unchanged)) {
    review.skip = review.deleting ? SkipReason::kDeleting : SkipReason::kUnchanged;
  }
  return ok();
}

}  // namespace countersign::admission
