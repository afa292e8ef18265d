#pragma once
/// The words of other rooms that this one uses throughout.

#include "ports/artifact.hpp"
#include "ports/plugin_call.hpp"
#include "verdict/user_metadata.hpp"
#include "verdict/verdict.hpp"

namespace countersign::verify {

using ports::FetchedSignature;
using ports::kMaxPluginAnswerBytes;
using ports::kMaxPluginErrorBytes;
using ports::kNotASignature;
using ports::ListingMethod;
using ports::PluginCall;
using ports::PluginCommand;
using ports::PluginOutput;
using ports::Subject;
using verdict::CheckReport;
using verdict::CheckResult;
using verdict::may_be_bridged;
using verdict::SignatureReport;
using verdict::Signer;
using verdict::Step;
using verdict::Timings;
using verdict::UserMetadata;
using verdict::Verdict;

}  // namespace countersign::verify
