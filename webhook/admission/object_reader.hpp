#pragma once
/// Reading the object of a request: its type, its metadata, and the images of its pod spec. Private
/// to this module: shows simdjson.
///
/// Source: kubernetes-admission 1.11, 3.1, 3.2, 3.6 no. 6.

#include <cstdint>
#include <string_view>
#include <vector>

#include "admission/json_members.hpp"
#include "admission/kinds.hpp"
#include "admission/review.hpp"

namespace countersign::admission {

inline constexpr std::string_view kNodeUserPrefix = "system:node:";

/// What was read of request.object or request.oldObject. Views point into the document.
struct ReadObject {
  std::string_view name;
  std::string_view generate_name;
  std::string_view namespace_name;
  std::string_view node_name;
  bool deleting = false;
  Member annotations;
  Member owners;
  std::vector<Image> images;

  /// Forgets all but the memory.
  void clear();
};

/// Errors of all: `unsupported`. `where` is "request.object" or "request.oldObject".
class ObjectReader {
 public:
  /// Borrows `seen`.
  explicit ObjectReader(NameSet& seen) : seen_(seen) {}

  /// The object must be of the review's kind and version; other than in its kind it need not be
  /// anything that we can read.
  Status check_type(const Review& review, const Member& member, std::string_view where);
  /// A workload: as above, and what it holds is put into `object`.
  Status read(const Review& review, const Workload& workload, const Member& member,
              std::string_view where, ReadObject& object);
  /// kubernetes-admission 3.6 no. 6. Anyone may set the annotation; only a node may create a Pod as
  /// that node, owned by it. Only on creation: an update that changes an image is verified like any
  /// other.
  Result<bool> is_mirror_pod(const Review& review, const ReadObject& object);

 private:
  Status read_metadata(const Member& metadata, std::string_view where, ReadObject& object);
  Status read_pod_spec(const Workload& workload, const Member& spec, std::string_view where,
                       ReadObject& object);
  Status read_list(const Workload& workload, ImageList list, const Member& member,
                   std::string_view where, ReadObject& object);
  Status read_entry(const Workload& workload, ImageList list, dom::element entry,
                    std::uint32_t index, std::string_view where, ReadObject& object);

  NameSet& seen_;
};

}  // namespace countersign::admission
