#pragma once
/// From the options of `countersign verify` to the generation that it judges by.

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "commands/exit_status.hpp"
#include "commands/verify_command.hpp"
#include "runtime/generation.hpp"

namespace countersign::commands {

/// What is wrong, and whether that is the usage or a file that an option names. The text may have
/// several lines, and then names itself what it is about.
struct Complaint {
  ExitStatus status = kUsage;
  std::string text;
  bool whole = false;  ///< the text is complete: nothing goes before it
};

/// The configuration file or the policy and store that are named, with what the other options add.
/// Reads files, the environment, and standard input for a password.
std::variant<runtime::GenerationPtr, Complaint> generation_for(const VerifyOptions& options);

}  // namespace countersign::commands
