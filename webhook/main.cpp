// argv to command.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "admission/timeout.hpp"
#include "commands/config_command.hpp"
#include "commands/exit_status.hpp"
#include "commands/review_command.hpp"
#include "commands/serve.hpp"
#include "commands/verify_command.hpp"
#include "commands/version.hpp"
#include "config/schema.hpp"

namespace {

namespace commands = countersign::commands;

constexpr const char* kAbout =
    "Keeps unsigned and wrongly signed container images out of Kubernetes.\n"
    "Verifies Notary Project signatures, as an admission webhook (serve) and in a pipeline "
    "(verify).";

constexpr const char* kExitStatus =
    "Exit status: 0 verified, skipped or only audited; 1 denied by a verdict; 2 could not be "
    "decided (outage);\n"
    "64 wrong usage; 65 unreadable input; 69 cannot start; 70 a bug; 74 output cannot be written; "
    "78 wrong configuration, trust policy or store.";

constexpr const char* kVerifyAbout =
    "Verdict for images, or for every image of Kubernetes manifests, by the very code path of the "
    "webhook.\n"
    "Trust comes from --config, or from --trust-policy and --trust-store, or from notation's own "
    "directories.";

std::string check_duration(const std::string& text) {
  return countersign::admission::parse_go_duration(text)
             ? ""
             : "want a duration such as 10s, 500ms or 1m30s";
}

std::string check_pair(const std::string& text) {
  const std::size_t equals = text.find('=');
  return equals == std::string::npos || equals == 0 ? "want KEY=VALUE" : "";
}

/// "key=value=x" -> {"key", "value=x"}
std::pair<std::string, std::string> pair_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  return {text.substr(0, equals), text.substr(equals + 1)};
}

int run(int argc, char** argv) {
  CLI::App app(kAbout, "countersign");
  app.footer(kExitStatus);
  app.require_subcommand(1);
  app.set_version_flag("--version", [] {
    std::string text = commands::version_text();
    text.pop_back();  // the flag ends the last line itself
    return text;
  });

  std::string serve_configuration;
  auto* serve = app.add_subcommand("serve", "Run the webhook until SIGTERM");
  serve->add_option("--config", serve_configuration, "Configuration file")
      ->required()
      ->type_name("FILE");

  commands::VerifyOptions options;
  std::vector<std::string> user_metadata;
  std::string output = "text";
  std::string timeout = "10s";
  auto* verify = app.add_subcommand("verify", kVerifyAbout);
  verify->footer(
      "Examples:\n"
      "  countersign verify registry.example.com/shop/cart:2.0\n"
      "  countersign verify --config countersign.yaml -f deployment.yaml --output json\n"
      "  countersign verify --trust-policy trustpolicy.json --trust-store truststore --oci-layout "
      "./image \\\n"
      "      registry.example.com/shop/cart:2.0\n\n" +
      std::string(kExitStatus));
  verify->add_option("IMAGE", options.images, "Images: registry/repository:tag or @digest");
  verify->add_option("-f,--file", options.files, "Kubernetes manifests; - is standard input")
      ->type_name("FILE");
  auto* configuration = verify->add_option("--config", options.configuration, "Configuration file")
                            ->type_name("FILE");
  verify->add_option("--trust-policy", options.trust_policy, "Notary Project trust policy document")
      ->type_name("FILE")
      ->excludes(configuration);
  verify
      ->add_option("--trust-store", options.trust_store,
                   "Folder that contains x509/{ca,signingAuthority,tsa}/NAME/*")
      ->type_name("DIR")
      ->excludes(configuration);
  verify->add_option("--namespace", options.namespace_name, "Namespace whose rules apply")
      ->capture_default_str()
      ->type_name("NS");
  verify
      ->add_option("--plain-http", options.plain_http,
                   "Registry that is asked over plain HTTP (repeatable)")
      ->type_name("HOST:PORT")
      ->allow_extra_args(false);  // what follows is an image
  verify
      ->add_option("--insecure-skip-tls-verify", options.insecure_skip_tls_verify,
                   "Registry whose certificate is not checked; gets no credentials (repeatable)")
      ->type_name("HOST:PORT")
      ->allow_extra_args(false);
  verify
      ->add_option("--ca-file", options.ca_file,
                   "Certificates that registries may chain to, beside the system's")
      ->type_name("FILE");
  verify
      ->add_option("--user-metadata", user_metadata,
                   "Signed annotation that each image's signature must carry (repeatable)")
      ->check(CLI::Validator(check_pair, "KEY=VALUE"))
      ->allow_extra_args(false);
  auto* username = verify->add_option("--username", options.username,
                                      "User name for the registry of the images");
  verify
      ->add_flag("--password-stdin", options.password_stdin,
                 "Read the password from standard input")
      ->needs(username);
  verify
      ->add_option("--oci-layout", options.oci_layout,
                   "Read images and signatures from an OCI layout")
      ->type_name("DIR");
  verify
      ->add_option("--revocation-offline", options.revocation_offline,
                   "Folder with CRLs and OCSP responses; no such server is asked")
      ->type_name("DIR");
  verify
      ->add_option("--egress-allow", options.egress_allow,
                   "Private or loopback network that OCSP and CRL servers, token servers and "
                   "redirects may be in (repeatable)")
      ->type_name("CIDR")
      ->allow_extra_args(false);
  verify->add_option("--output", output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  verify->add_option("--now", options.now, "Judge as of this time")->type_name("RFC3339");
  verify->add_option("--timeout", timeout, "For the whole run")
      ->check(CLI::Validator(check_duration, "DURATION"))
      ->capture_default_str();
  verify->add_flag("--verbose", options.verbose, "Every check of every signature");

  std::string review_configuration;
  auto* review = app.add_subcommand(
      "review", "Answer the AdmissionReview on standard input, as the server would");
  review->add_option("--config", review_configuration, "Configuration file")
      ->required()
      ->type_name("FILE");

  std::vector<std::string> check_files;
  auto* config = app.add_subcommand("config", "Work with configuration files");
  config->require_subcommand(1);
  auto* check = config->add_subcommand(
      "check", "Read everything that the files name, and print all problems at once");
  check->add_option("FILE", check_files, "Configuration files")->required();
  auto* schema =
      config->add_subcommand("print-schema", "JSON Schema of the configuration file, for editors");

  auto* version = app.add_subcommand("version", "Version, commit, compiler and libraries");

  try {
    app.parse(argc, argv);
    if (verify->parsed() && options.images.empty() && options.files.empty()) {
      throw CLI::ValidationError("verify", "name at least one image, or manifests with -f");
    }
    if (verify->parsed() && !options.username.empty() && !options.password_stdin) {
      throw CLI::ValidationError("--username", "needs --password-stdin");
    }
    if (verify->count("--now") > 0 && options.now.empty()) {
      throw CLI::ValidationError("--now", "want a time");
    }
    if (options.password_stdin && std::ranges::find(options.files, "-") != options.files.end()) {
      throw CLI::ValidationError("--password-stdin",
                                 "standard input cannot be the manifest (-f -) too");
    }
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? commands::kAdmitted : commands::kUsage;
  }

  if (serve->parsed()) return commands::serve(serve_configuration);
  if (verify->parsed()) {
    options.json = output == "json";
    for (const std::string& each : user_metadata) options.user_metadata.push_back(pair_of(each));
    options.timeout = *countersign::admission::parse_go_duration(timeout);
    return commands::verify(options);
  }
  if (review->parsed()) return commands::review(review_configuration);
  if (check->parsed()) return commands::check_configurations(check_files);
  if (schema->parsed()) {
    fmt::print("{}", countersign::config::print_schema());
    return commands::kAdmitted;
  }
  if (version->parsed()) fmt::print("{}", commands::version_text());
  return commands::kAdmitted;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int status = run(argc, argv);
    // A report that nobody can read must not look like a good one.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    std::fputs("countersign: cannot write to standard output\n", stderr);
    return commands::kCannotWrite;
  } catch (const std::exception& exception) {
    std::fputs(fmt::format("countersign: internal error: {}\n", exception.what()).c_str(), stderr);
    return commands::kBug;
  }
}
