import ssl
import tempfile
from datetime import UTC, datetime

from nacl.signing import SigningKey

from supervisor import certificates

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_of_one_key_the_authority_is_always_the_same() -> None:
    seed = b"1" * 32
    made = certificates.authority(SigningKey(seed))
    assert made == certificates.authority(SigningKey(seed))
    assert made != certificates.authority(SigningKey(b"2" * 32))


def test_openssl_takes_the_authority_for_one() -> None:
    context = ssl.create_default_context(cadata=certificates.authority(SigningKey.generate()))
    (known,) = context.get_ca_certs()
    assert known["subject"] == ((("commonName", certificates.AUTHORITY_NAME),),)
    assert known["notAfter"] == "Dec 31 00:00:00 2049 GMT"


def test_a_server_is_who_its_certificate_says_and_its_key_fits() -> None:
    signer = SigningKey.generate()
    made = certificates.server(signer, SigningKey.generate(), ["127.0.0.1", "centre.example"], NOW)
    # Connected by memory alone: both sides of OpenSSL, in its strictest mood.
    for host, agrees in (("centre.example", True), ("127.0.0.1", True), ("other.example", False)):
        assert _agree(made, certificates.authority(signer), host) is agrees, host
    assert not _agree(made, certificates.authority(SigningKey.generate()), "centre.example")


def _agree(made: certificates.Certificate, authority: str, host: str) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(made.certificate + made.key)
        file.flush()
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(file.name)
    asking = ssl.create_default_context(cadata=authority)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server, server_hostname=host)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return client.version() is not None
