#pragma once
/// The program of a plugin: a file that was opened once and has the digest that the operator
/// listed. What runs is that open file, whatever stands under its name by then.
///
/// Only ELF programs: of a script the digest would say nothing about the interpreter that runs it.
/// The libraries that a dynamically linked program loads are not covered by the digest either; see
/// docs/plugins.md.

#include <cstddef>
#include <cstdint>
#include <string>

#include "adapters/plugin/descriptor.hpp"
#include "base/result.hpp"
#include "oci/digest.hpp"

struct stat;

namespace countersign::plugin {

/// The specification's limit for what is installed.
inline constexpr std::size_t kMaxProgramBytes = std::size_t{256} * 1024 * 1024;

class Program {
 public:
  /// Opens and hashes; symbolic links are followed. Errors: outcome `kInternalError` (a file alone
  /// decides nothing), reasons "FILE_MISSING", "FILE_FORBIDDEN", "FILE_KIND", "FILE_TOO_LARGE",
  /// "FILE_IO", "PLUGIN_KIND", "PLUGIN_DIGEST". Messages do not repeat the path.
  static Result<Program> open(const std::string& path, const oci::Digest& wanted);

  /// Open for reading, closed on exec, above the standard streams.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }
  /// False if anybody wrote to the file, or changed its mode or owner, after it was hashed.
  [[nodiscard]] bool is_unchanged() const noexcept;

 private:
  /// What changes with the content, as far as the file system tells.
  struct Mark {
    std::int64_t size = -1;
    std::int64_t modified_seconds = 0;
    std::int64_t modified_nanoseconds = 0;
    std::int64_t changed_seconds = 0;
    std::int64_t changed_nanoseconds = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  Program(FileDescriptor file, Mark mark) : file_(std::move(file)), mark_(mark) {}
  static Mark mark_of(const struct stat& info) noexcept;

  FileDescriptor file_;
  Mark mark_;
};

}  // namespace countersign::plugin
