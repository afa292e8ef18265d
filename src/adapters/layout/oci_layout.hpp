#pragma once
/// An OCI image layout on disk as a source of images and signatures: for the command line, which
/// may block.
///
/// Source: OCI Image Layout Specification 1.1; notary-verification ST-18. Images are found by their
/// digest, or by the annotation org.opencontainers.image.ref.name (the tag alone or the whole
/// reference). Signatures are manifests that the layout's index lists, directly or in an index that
/// is tagged by the referrers tag schema.

#include <string>

#include "ports/registry.hpp"

namespace countersign::layout {

class OciLayout final : public ports::Registry {
 public:
  explicit OciLayout(std::string folder) : folder_(std::move(folder)) {}

  Task<ports::Subject> resolve(oci::ImageReference image, Deadline deadline,
                               ports::Trace* trace = nullptr) override;
  Task<ports::SignatureList> list_signatures(oci::ImageReference image, ports::Subject subject,
                                             Deadline deadline,
                                             ports::Trace* trace = nullptr) override;
  Task<ports::FetchedSignature> fetch_signature(oci::ImageReference image, ports::Subject subject,
                                                oci::Descriptor candidate, Deadline deadline,
                                                ports::Trace* trace = nullptr) override;

 private:
  Result<oci::Index> read_index() const;
  /// Exactly `size` bytes with this digest.
  Result<std::string> read_blob(const oci::Digest& digest, std::uint64_t size,
                                std::size_t limit) const;

  std::string folder_;
};

}  // namespace countersign::layout
