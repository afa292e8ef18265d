"""Certificates for loopback servers, made by openssl when a test runs."""

import pathlib
import ssl
import subprocess


def _openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True, timeout=30)


class Authority:
    """A CA in `folder`, and servers certified by it."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.key = self.folder / f"{name}.key"
        self.certificate = self.folder / f"{name}.crt"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                 "-subj", f"/CN=Test {name}", "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", str(self.key), "-out", str(self.certificate))
        self.pem = self.certificate.read_text()

    def issue(self, name, alternative="IP:127.0.0.1,DNS:localhost", days=30, subject=None):
        """Paths of a certificate and its key. `alternative=None` leaves subjectAltName out."""
        key, request, certificate = (self.folder / f"{name}.{end}" for end in ("key", "csr", "crt"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative}\n" if alternative else "basicConstraints=CA:FALSE\n")
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", subject or f"/CN={name}", "-keyout", str(key), "-out", str(request))
        dates = ["-days", str(days)]
        _openssl("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self.key),
                 "-CAcreateserial", *dates, "-extfile", str(extensions), "-out", str(certificate))
        return certificate, key

    def server_context(self, name="server", **options):
        certificate, key = self.issue(name, **options)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context
