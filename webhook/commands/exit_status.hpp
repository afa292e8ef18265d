#pragma once
/// What the program's exit status means. A contract (docs/cli.md).

namespace countersign::commands {

enum ExitStatus : int {
  kAdmitted = 0,           ///< everything verified, skipped, or only audited
  kDenied = 1,             ///< at least one image is denied by a verdict
  kUndecided = 2,          ///< no verdict denies, but an outage does
  kUsage = 64,             ///< wrong usage
  kUnreadableInput = 65,   ///< review or manifest
  kCannotStart = 69,       ///< a port in use
  kBug = 70,               ///< an error of ours
  kCannotWrite = 74,       ///< standard output is closed or full
  kBadConfiguration = 78,  ///< configuration, or a file that it names: trust policy, trust store,
                           ///< serving certificate
};

}  // namespace countersign::commands
