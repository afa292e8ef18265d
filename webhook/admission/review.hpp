#pragma once
/// AdmissionReview, as values: what the API server asks, and the images that the object would run.
///
/// Source: kubernetes-admission 1.1 to 1.11, 3.1 to 3.6; decisions 4 to 6. Deviations: none. Images
/// of custom resources are not read yet: their kinds are a problem that the rules may let pass
/// (`unknownKinds`). Left to the caller: HTTP, body limits below ours, and what becomes of the
/// images (plan.hpp).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/text_arena.hpp"
#include "base/result.hpp"

namespace countersign::admission {

enum class ApiVersion : std::uint8_t { kV1, kV1Beta1 };
[[nodiscard]] std::string_view name(ApiVersion version) noexcept;  ///< "admission.k8s.io/v1"

enum class Operation : std::uint8_t { kUnknown, kCreate, kUpdate, kDelete, kConnect };
[[nodiscard]] std::string_view name(Operation operation) noexcept;  ///< "CREATE"; "" if unknown

/// Why nothing needs to be verified (kubernetes-admission 3.6).
enum class SkipReason : std::uint8_t {
  kOperation,    ///< DELETE or CONNECT
  kSubResource,  ///< one that cannot bring an image
  kKind,         ///< a built-in kind without pod spec, or an unknown one that the rules let pass
  kMirrorPod,    ///< a node mirrors its static Pod
  kDeleting,     ///< the stored object is being deleted, and no image changed
  kUnchanged,    ///< all images stood in the stored object, under the same names
  kNoImages,
  kNamespace,  ///< a rule that looks at the namespace only
  kRule,       ///< another rule
};
/// "operation", "subresource", "kind", "mirror", "deleting", "unchanged", "no-images", "namespace",
/// "rule"
[[nodiscard]] std::string_view name(SkipReason reason) noexcept;

enum class ImageList : std::uint8_t {
  kInitContainers,
  kContainers,
  kEphemeralContainers,
  kVolumes
};
[[nodiscard]] std::string_view name(
    ImageList list) noexcept;  ///< "initContainers", the member's name
[[nodiscard]] std::string_view noun(ImageList list) noexcept;  ///< "init container", for people

/// One place of the object that names an image.
struct Image {
  ImageList list = ImageList::kContainers;
  bool unchanged = false;      ///< stood in the stored object in the same list under the same name
  std::uint32_t index = 0;     ///< in its list
  std::string_view name;       ///< of the container or volume, as written; may be empty
  std::string_view reference;  ///< as written; empty if there is none
  std::string_view pod_spec;   ///< where the pod spec stands, e.g. "spec.template.spec"; static

  /// "spec.template.spec.containers[0].image", "spec.volumes[2].image.reference"
  [[nodiscard]] std::string path() const;
};

/// A review whose uid is known, so that it can be answered. All views point into `text`.
///
/// With a `problem` there are no images, and the answer is a denial (unless the rules only audit or
/// skip). A caller that cannot go on (overload, its own error) puts its own problem there.
/// Default-constructed it has one.
struct Review {
  ApiVersion api_version = ApiVersion::kV1;
  Operation operation = Operation::kUnknown;
  bool dry_run = false;
  bool user_is_node = false;      ///< "system:node:…" in the group "system:nodes"
  bool namespace_unread = false;  ///< with a problem: which namespace it is could not be read
  bool deleting = false;          ///< the *stored* object has a deletionTimestamp
  std::string_view uid;           ///< 1 to kMaxUidBytes
  std::string_view sub_resource;  ///< "" if there is none
  std::string_view group;         ///< of request.kind; "" is the core group
  std::string_view version;
  std::string_view kind;
  std::string_view resource;  ///< "pods"
  std::string_view
      namespace_name;            ///< request.namespace, else the object's own; "" if cluster-scoped
  std::string_view object_name;  ///< request.name, else the object's name, else its generateName
  std::string_view username;
  std::vector<Image> images;  ///< init containers, containers, ephemeral containers, volumes
  std::optional<SkipReason> skip;
  std::optional<Error> problem = Error();

  TextArena text;
};

/// Reasons that callers branch on.
inline constexpr Reason kUnknownKind{"unknown-kind"};

/// Reads reviews one after the other, reusing its memory. One for each worker.
///
/// The whole document is checked: syntax, UTF-8, nesting; and duplicate keys are refused in every
/// object whose members are read. What a review holds is its own: it stays valid after the next
/// read.
class ReviewReader {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;
  static constexpr std::size_t kMaxDepth = 512;
  static constexpr std::size_t kMaxUidBytes = 256;
  static constexpr std::size_t kMaxImages = 1024;
  /// What the parser may read beyond the body. A buffer with that much spare capacity is not
  /// copied.
  static constexpr std::size_t kPadding = 64;

  ReviewReader();
  ~ReviewReader();
  ReviewReader(ReviewReader&& other) noexcept;
  ReviewReader& operator=(ReviewReader&& other) noexcept;
  ReviewReader(const ReviewReader&) = delete;
  ReviewReader& operator=(const ReviewReader&) = delete;

  /// `spare` is how many bytes after the body may be read; their values do not matter. With less
  /// than `kPadding` the body is copied first.
  ///
  /// Errors: `kMalformedReview` if there is no uid to answer to (HTTP 400); `kOverloaded` if memory
  /// ran out (HTTP 503). Everything found wrong after that is the review's `problem`, with the
  /// outcome `kUnsupportedObject`.
  Result<Review> read(std::string_view body, std::size_t spare = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace countersign::admission
