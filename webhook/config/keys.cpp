#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include "config/configuration.hpp"

namespace countersign::config {
namespace {

constexpr std::array<std::string_view, 1> kApiVersions = {kApiVersion};
constexpr std::array<std::string_view, 1> kKinds = {kKind};

constexpr auto kRequired = Presence::kRequired;
constexpr auto kPlanned = Support::kPlanned;

constexpr std::string_view kHostPattern = R"(^[a-z0-9.\-\[\]:]+$)";

constexpr std::array kKeys = {
    Key{.path = "apiVersion",
        .type = KeyType::kChoice,
        .description = "The version of this file's form.",
        .presence = kRequired,
        .choices = kApiVersions},
    Key{.path = "kind",
        .type = KeyType::kChoice,
        .description = "What this file is.",
        .presence = kRequired,
        .choices = kKinds},

    Key{.path = "trust",
        .type = KeyType::kMapping,
        .description = "Whose signatures are trusted.",
        .presence = kRequired},
    Key{.path = "trust.policy",
        .type = KeyType::kDocument,
        .description = "The Notary Project trust policy document: a path relative to this file, "
                       "its JSON text, or the "
                       "document written here as YAML.",
        .presence = kRequired},
    Key{.path = "trust.directory",
        .type = KeyType::kText,
        .description =
            "A folder that contains x509/{ca,signingAuthority,tsa}/NAME/*, notation's layout. Read "
            "literally: symbolic links in it are errors."},
    Key{.path = "trust.stores",
        .type = KeyType::kMappingList,
        .description = "Trust stores by name."},
    Key{.path = "trust.stores[].type",
        .type = KeyType::kChoice,
        .description = "Which signatures or timestamps the store is for.",
        .presence = kRequired,
        .choices = kStoreTypeNames},
    Key{.path = "trust.stores[].name",
        .type = KeyType::kText,
        .description = "The part after the colon in the policy's trustStores.",
        .presence = kRequired,
        .pattern = R"(^(?!\.\.?$)[a-zA-Z0-9_.\-]+$)"},
    Key{.path = "trust.stores[].files",
        .type = KeyType::kTextList,
        .description = "Certificate files, PEM or DER, relative to this file; * and ? may stand in "
                       "the last part of a "
                       "path. Symbolic links are followed while they stay in their folder.",
        .presence = kRequired},

    Key{.path = "enforcement",
        .type = KeyType::kMapping,
        .description = "Which images are held to what."},
    Key{.path = "enforcement.unknownKinds",
        .type = KeyType::kChoice,
        .description = "What happens to an object of a kind that is not known.",
        .choices = kUnknownKindsNames},
    Key{.path = "enforcement.default",
        .type = KeyType::kMapping,
        .description = "Where no rule matches."},
    Key{.path = "enforcement.default.action",
        .type = KeyType::kChoice,
        .description = "What happens to an image that does not verify: enforce denies, warn admits "
                       "and warns the user, "
                       "audit admits and records, skip does not look.",
        .choices = kActionNames},
    Key{.path = "enforcement.default.onOutage",
        .type = KeyType::kChoice,
        .description =
            "What enforce does when verification cannot be completed because somebody else is "
            "down or slow: deny, or lastGood, which admits images by digest that verified a short "
            "while ago.",
        .choices = kOnOutageNames},
    Key{.path = "enforcement.default.lastGoodAge",
        .type = KeyType::kDuration,
        .description = "With lastGood: how long ago an image may have verified.",
        .minimum = 60'000,
        .maximum = 86'400'000},
    Key{.path = "enforcement.rules",
        .type = KeyType::kMappingList,
        .description = "Exceptions from the default; the first that matches wins.",
        .empty = Empty::kAllowed},
    Key{.path = "enforcement.rules[].name",
        .type = KeyType::kText,
        .description = "Shown in verdicts and logs; unique.",
        .presence = kRequired},
    Key{.path = "enforcement.rules[].match",
        .type = KeyType::kMapping,
        .description = "All fields that are given must match; one entry of each list is enough.",
        .presence = kRequired},
    Key{.path = "enforcement.rules[].match.namespaces",
        .type = KeyType::kTextList,
        .description = "Names of namespaces; * is any text.",
        .pattern = R"(^[a-z0-9*\-]+$)"},
    Key{.path = "enforcement.rules[].match.images",
        .type = KeyType::kTextList,
        .description = "registry/repository in full form, without tag and digest; * stays within "
                       "one path component, ** "
                       "is any number of them.",
        .pattern = R"(^[a-z0-9._\-/:*\[\]]+$)"},
    Key{.path = "enforcement.rules[].match.namespaceLabels",
        .type = KeyType::kMapping,
        .description = "Labels of the namespace.",
        .support = kPlanned},
    Key{.path = "enforcement.rules[].action",
        .type = KeyType::kChoice,
        .description = "What happens to an image that matches and does not verify.",
        .presence = kRequired,
        .choices = kActionNames},
    Key{.path = "enforcement.rules[].userMetadata",
        .type = KeyType::kTextMapping,
        .description = "Signed annotations that an image's signature must carry, with these "
                       "values. (notation sign --user-metadata)"},

    Key{.path = "registries",
        .type = KeyType::kMappingList,
        .description = "How certain registries are reached. Private addresses are open to a "
                       "registry that is named here "
                       "by its exact host[:port].",
        .empty = Empty::kAllowed},
    Key{.path = "registries[].match",
        .type = KeyType::kText,
        .description = "host or host:port as in images, or *.domain.",
        .presence = kRequired,
        .pattern = R"(^(\*\.)?[a-z0-9.\-\[\]:]+$)"},
    Key{.path = "registries[].plainHttp",
        .type = KeyType::kBoolean,
        .description = "Speak HTTP instead of HTTPS. Not with a wildcard."},
    Key{.path = "registries[].plainHttpCredentials",
        .type = KeyType::kBoolean,
        .description =
            "Send credentials over plain HTTP to a host that is not a loopback address."},
    Key{.path = "registries[].ca",
        .type = KeyType::kText,
        .description = "PEM file with certificates that the registry's certificate may chain to, "
                       "besides the system's."},
    Key{.path = "registries[].tokenServers",
        .type = KeyType::kTextList,
        .description = "Hosts besides the registry's own that may be given its credentials.",
        .pattern = kHostPattern},
    Key{.path = "registries[].credentials",
        .type = KeyType::kMapping,
        .description = "Where the credentials come from."},
    Key{.path = "registries[].credentials.dockerConfig",
        .type = KeyType::kText,
        .description = "A Docker configuration file."},
    Key{.path = "registries[].credentials.azure",
        .type = KeyType::kText,
        .description = "An identity of Azure.",
        .support = kPlanned},

    Key{.path = "plugins",
        .type = KeyType::kMappingList,
        .description = "Verification plugins: programs that are run for signatures that name them. "
                       "A signature that names any other is denied.",
        .empty = Empty::kAllowed},
    Key{.path = "plugins[].name",
        .type = KeyType::kText,
        .description = "As signatures name it, and as the program calls itself.",
        .presence = kRequired,
        .pattern = R"(^[a-zA-Z0-9][a-zA-Z0-9_.\-]{0,127}$)"},
    Key{.path = "plugins[].path",
        .type = KeyType::kText,
        .description = "The program, an ELF file; relative to this file.",
        .presence = kRequired},
    Key{.path = "plugins[].sha256",
        .type = KeyType::kText,
        .description = "The SHA-256 digest of the program, in lower-case hexadecimal digits.",
        .presence = kRequired,
        .pattern = "^[0-9a-f]{64}$"},
    Key{.path = "plugins[].environment",
        .type = KeyType::kTextMapping,
        .description = "The variables that the program gets; it gets no others."},
    Key{.path = "plugins[].timeout",
        .type = KeyType::kDuration,
        .description = "How long one command of the program may take, two of which a signature "
                       "needs.",
        .minimum = 100,
        .maximum = 60'000},

    Key{.path = "limits", .type = KeyType::kMapping, .description = "Bounds on work."},
    Key{.path = "limits.signatures",
        .type = KeyType::kWholeNumber,
        .description = "Signatures that are looked at for one image.",
        .minimum = 1,
        .maximum = 1000},
    Key{.path = "limits.verification",
        .type = KeyType::kDuration,
        .description = "How long one verification may take, however many reviews wait for it.",
        .minimum = 1000,
        .maximum = 300'000},

    Key{.path = "egress",
        .type = KeyType::kMapping,
        .description = "Where addresses from outside may lead."},
    Key{.path = "egress.allow",
        .type = KeyType::kTextList,
        .description = "Private or loopback networks that token services, redirects, OCSP and CRL "
                       "addresses may lead to.",
        .empty = Empty::kAllowed,
        .pattern = R"(^[0-9a-fA-F:.]+/[0-9]{1,3}$)"},

    Key{.path = "revocation",
        .type = KeyType::kMapping,
        .description = "How it is found out whether certificates are revoked."},
    Key{.path = "revocation.cacheDirectory",
        .type = KeyType::kText,
        .description = "A folder of ours where CRLs survive a restart, relative to this file."},
    Key{.path = "revocation.offlineDirectory",
        .type = KeyType::kText,
        .description = "A folder with CRLs (DER, PEM) and OCSP responses (DER), relative to this "
                       "file. With it no OCSP or CRL server is asked."},

    Key{.path = "cache",
        .type = KeyType::kMapping,
        .description = "What is remembered.",
        .support = kPlanned},

    Key{.path = "server", .type = KeyType::kMapping, .description = "The webhook's server."},
    Key{.path = "server.address",
        .type = KeyType::kText,
        .description = "IP address and port for reviews, HTTPS; IPv6 in brackets."},
    Key{.path = "server.tls",
        .type = KeyType::kMapping,
        .description = "The serving certificate. Without it a self-signed one is made."},
    Key{.path = "server.tls.certificate",
        .type = KeyType::kText,
        .description = "PEM file with the certificate and its chain, leaf first."},
    Key{.path = "server.tls.key",
        .type = KeyType::kText,
        .description = "PEM file with the private key."},
    Key{.path = "server.tls.clientCA",
        .type = KeyType::kText,
        .description = "Must be empty: client certificates are not supported yet.",
        .empty = Empty::kAllowed,
        .pattern = "^$"},
    Key{.path = "server.ops",
        .type = KeyType::kText,
        .description = "IP address and port for probes and metrics, plain HTTP."},

    Key{.path = "log", .type = KeyType::kMapping, .description = "The log, on standard error."},
    Key{.path = "log.level",
        .type = KeyType::kChoice,
        .description = "The least severe level that is written.",
        .choices = kLogLevelNames},
    Key{.path = "log.format",
        .type = KeyType::kChoice,
        .description = "One JSON object a line, or text.",
        .choices = kLogFormatNames},
};

}  // namespace

std::string_view Key::name() const noexcept {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string_view Key::parent() const noexcept {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::span<const Key> all_keys() noexcept { return kKeys; }

const Key* find_key(std::string_view path) noexcept {
  const auto found = std::ranges::find(kKeys, path, &Key::path);
  return found == kKeys.end() ? nullptr : &*found;
}

std::vector<const Key*> children_of(std::string_view path) {
  std::vector<const Key*> children;
  for (const Key& key : kKeys) {
    if (key.parent() == path) children.push_back(&key);
  }
  return children;
}

}  // namespace countersign::config
