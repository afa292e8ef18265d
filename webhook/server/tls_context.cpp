#include "server/tls_context.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include "crypto/openssl.hpp"

namespace countersign::server {

namespace asio = boost::asio;

namespace {

constexpr Outcome kOutcome = Outcome::kInternalError;
constexpr Reason kTls{"TLS_CONFIG"};

Error bad(const std::string& what) { return {kOutcome, kTls, what}; }

/// Answers are short, and each connection has a buffer for one record.
constexpr long kRecordBytes = 4096;

/// Offers of h2 are declined: this server speaks HTTP/1.1. A client that offers nothing we know is
/// not refused.
int select_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_length,
                const unsigned char* in, unsigned in_length, void* /*arg*/) noexcept {
  constexpr std::string_view kHttp11 = "http/1.1";
  for (unsigned at = 0; at < in_length;) {
    const unsigned length = in[at];
    if (at + 1 + length > in_length) break;
    if (std::string_view(reinterpret_cast<const char*>(in + at + 1), length) == kHttp11) {
      *out = in + at + 1;
      *out_length = static_cast<unsigned char>(length);
      return SSL_TLSEXT_ERR_OK;
    }
    at += 1 + length;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

crypto::X509Ptr read_leaf(std::string_view pem) {
  const crypto::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return crypto::X509Ptr(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  using ExtensionPtr = std::unique_ptr<X509_EXTENSION, crypto::FreeWith<&X509_EXTENSION_free>>;
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const ServingCertificate& certificate) {
  try {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(
        native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_max_send_fragment(native, kRecordBytes);
    if (SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set1_groups_list(native, "X25519:P-256:P-384") != 1) {
      return bad("TLS settings: " + crypto::take_errors());
    }
    SSL_CTX_set_alpn_select_cb(native, &select_alpn, nullptr);
    SSL_CTX_set_session_cache_mode(native,
                                   SSL_SESS_CACHE_OFF);  // tickets resume without memory of ours
    SSL_CTX_set_num_tickets(native, 1);
    boost::system::error_code error;
    context->use_certificate_chain(asio::buffer(certificate.certificate_pem), error);
    if (error) return bad("the serving certificate cannot be read: " + error.message());
    context->use_private_key(asio::buffer(certificate.key_pem), ssl::context::pem, error);
    if (error) {
      return bad(error.message().contains("mismatch")
                     ? "the private key does not belong to the serving certificate"
                     : "the serving certificate's private key cannot be read: " + error.message());
    }
    if (SSL_CTX_check_private_key(native) != 1) {
      static_cast<void>(crypto::take_errors());
      return bad("the private key does not belong to the serving certificate");
    }
    return context;
  } catch (const std::exception& exception) {
    return bad(exception.what());
  }
}

Result<Instant> not_after_of(std::string_view certificate_pem) {
  const crypto::X509Ptr leaf = read_leaf(certificate_pem);
  if (!leaf) return bad("the serving certificate cannot be read: " + crypto::take_errors());
  tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf.get()), &when) != 1)
    return bad("the serving certificate's end cannot be read");
  const auto instant =
      Instant::from_civil(when.tm_year + 1900, static_cast<unsigned>(when.tm_mon + 1),
                          static_cast<unsigned>(when.tm_mday), static_cast<unsigned>(when.tm_hour),
                          static_cast<unsigned>(when.tm_min), static_cast<unsigned>(when.tm_sec));
  if (!instant) return bad("the serving certificate's end is not a date");
  return *instant;
}

Result<ServingCertificate> make_self_signed(std::string_view host) {
  constexpr long kValidSeconds = 365L * 24 * 3600;
  constexpr long kClockSlack = 3600;
  const crypto::PkeyPtr key(EVP_EC_gen("P-256"));
  const crypto::X509Ptr certificate(X509_new());
  if (!key || !certificate) return bad("self-signed certificate: " + crypto::take_errors());
  const crypto::BignumPtr serial(BN_new());
  X509* x509 = certificate.get();
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* common_name = reinterpret_cast<const unsigned char*>("countersign self-signed");
  std::string alternatives = "DNS:localhost,IP:127.0.0.1,IP:::1";
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(std::string(host), not_an_address);
  if (!not_an_address && !address.is_unspecified() && !address.is_loopback()) {
    alternatives += ",IP:" + address.to_string();
  } else if (not_an_address && !host.empty() && host != "localhost") {
    alternatives += ",DNS:" + std::string(host);
  }
  const bool made =
      serial && BN_rand(serial.get(), 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x509)) != nullptr &&
      X509_set_version(x509, X509_VERSION_3) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(x509), -kClockSlack) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(x509), kValidSeconds) != nullptr &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
      X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key.get()) == 1 &&
      add_extension(x509, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
      add_extension(x509, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
      add_extension(x509, NID_ext_key_usage, "serverAuth") &&
      add_extension(x509, NID_subject_alt_name, alternatives) &&
      X509_sign(x509, key.get(), EVP_sha256()) > 0;
  const crypto::BioPtr certificate_pem(BIO_new(BIO_s_mem()));
  const crypto::BioPtr key_pem(BIO_new(BIO_s_secmem()));
  if (!made || !certificate_pem || !key_pem ||
      PEM_write_bio_X509(certificate_pem.get(), x509) != 1 ||
      PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return bad("self-signed certificate: " + crypto::take_errors());
  }
  return ServingCertificate{text_of(certificate_pem.get()), text_of(key_pem.get())};
}

}  // namespace countersign::server
