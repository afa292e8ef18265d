#pragma once
/// The vectors of this folder: read from their files, and run through policy, trust stores and
/// judgement. README.md describes the files.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace countersign::vectors {

/// What becomes of one signature, as the files write it.
struct Decision {
  std::string outcome;  ///< name of docs/outcomes.md, e.g. "signature-invalid"
  /// Check and "action result", in the order of a verifier; none if no check was made at all.
  std::vector<std::pair<std::string, std::string>> checks;
  std::vector<std::string> asked;  ///< addresses of OCSP and CRL servers, sorted

  friend bool operator==(const Decision&, const Decision&) = default;
};

struct Case {
  std::string name;  ///< "jws/crit-missing"
  std::string path;
};

/// All cases below `folder`, sorted by name.
std::vector<Case> find_cases(const std::filesystem::path& folder);

/// What the file expects. Throws as `run_case` does.
Decision expected_of(const Case& which);

struct Found {
  Decision decision;
  std::string message;  ///< why it failed, in our words; else empty
};

/// Throws nlohmann's exceptions and std::runtime_error if the file is not of its form.
Found run_case(const std::filesystem::path& folder, const Case& which);

}  // namespace countersign::vectors
