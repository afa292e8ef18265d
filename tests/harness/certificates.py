"""Certificates for loopback servers, made by openssl when a test runs."""

import pathlib
import ssl

from harness.processes import run

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make_certificate(folder, name, alternatives="DNS:localhost,IP:127.0.0.1"):
    """A self-signed certificate and its key, PEM; for tests only and for a day."""
    certificate, key = (pathlib.Path(folder) / f"{name}.{end}" for end in ("crt", "key"))
    run("openssl", "req", "-x509", *NEW_KEY, "-days", "1", "-subj", f"/CN={name}",
        "-addext", f"subjectAltName={alternatives}", "-keyout", key, "-out", certificate)
    return certificate, key


class Authority:
    """A CA in `folder`, and servers certified by it."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.certificate, self.key = (self.folder / f"{name}.{end}" for end in ("crt", "key"))
        run("openssl", "req", "-x509", *NEW_KEY, "-days", "30", "-subj", f"/CN=Test {name}",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout", self.key, "-out", self.certificate)
        self.pem = self.certificate.read_text()

    def issue(self, name, alternative="IP:127.0.0.1,DNS:localhost", days=30, subject=None):
        """Paths of a certificate and its key. `alternative=None` leaves subjectAltName out."""
        certificate, key, request, extensions = (self.folder / f"{name}.{end}" for end in ("crt", "key", "csr", "ext"))
        extensions.write_text("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n"
                              + (f"subjectAltName={alternative}\n" if alternative else ""))
        run("openssl", "req", *NEW_KEY, "-subj", subject or f"/CN={name}", "-keyout", key, "-out", request)
        run("openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
            "-days", str(days), "-extfile", extensions, "-out", certificate)
        return certificate, key

    def server_context(self, name="server", **options):
        """What a TLS server with a certificate of its own needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name, **options))
        return context
