"""One request for keys: its timeout, its size limit, proxies and certificates."""

import asyncio
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from verijot.fetch import FetchError, FetchResponse
from verijot.fetch import fetch as fetch_with_urllib
from verijot.httpx import fetch as afetch_with_httpx
from verijot.httpx import fetch_with
from verijot.testing import Answer, Issuer

SyncFetch = Callable[[str, dict[str, str], float, int], FetchResponse]


def fetch_with_httpx(
    url: str, headers: dict[str, str], timeout: float, max_octets: int
) -> FetchResponse:
    async def main() -> FetchResponse:
        return await afetch_with_httpx(url, headers, timeout, max_octets)

    return asyncio.run(main())


@pytest.fixture(params=[fetch_with_urllib, fetch_with_httpx], ids=["urllib", "httpx"])
def fetch(request: pytest.FixtureRequest) -> SyncFetch:
    function: SyncFetch = request.param
    return function


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server whose headers never end: it sends an octet from time to time."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not over.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    over.set()
    thread.join()
    listener.close()


def test_a_response(fetch: SyncFetch, issuer: Issuer) -> None:
    issuer.headers = {"ETag": '"a"'}
    answer = fetch(issuer.jwks_url, {"If-None-Match": '"b"'}, 5, 10_000)
    assert answer.status == 200
    assert answer.body.decode() == issuer.jwks
    assert {name.lower(): value for name, value in answer.headers.items()}["etag"] == '"a"'
    assert issuer.requests[0][1]["if-none-match"] == '"b"'


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-x\x1b[2J\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_is_not_http_is_an_os_error(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(OSError, match=r"\A[ -~]+\Z"):
            fetch_with_urllib(url, {}, 5, 10_000)
        thread.join()


@contextmanager
def sending(*octets: bytes) -> Generator[str]:
    """Answers one request with these octets, the last of them without end if there are several."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(10_000)
                connection.sendall(octets[0])
                while octets[1:]:
                    connection.sendall(octets[-1])
                # Until the client has read everything.
                connection.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join()


@pytest.mark.parametrize("interim", ["100 Continue", "102 Processing", "103 Early Hints", "199 X"])
def test_the_final_response_counts(fetch: SyncFetch, interim: str) -> None:
    before = f"HTTP/1.1 {interim}\r\nLink: </style.css>\r\nAge: 9\r\n\r\n".encode()
    final = b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 2\r\n\r\n{}"
    for times in (1, 5):
        with sending(before * times + final) as url:
            answer = fetch(url, {}, 5, 100)
        names = {name.lower() for name in answer.headers}
        assert (answer.status, answer.body) == (200, b"{}")
        assert names == {"etag", "content-length"}


def test_responses_before_the_final_one_have_no_more_time(fetch: SyncFetch) -> None:
    before = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
    start = time.monotonic()
    with sending(before, before) as url, pytest.raises(TimeoutError):
        fetch(url, {}, 0.3, 100)
    assert time.monotonic() - start < 2.5


@pytest.mark.parametrize("framing", ["Content-Length: 5000", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("status", [204, 304])
def test_no_body_is_awaited_where_there_is_none(
    fetch: SyncFetch, status: int, framing: str
) -> None:
    with sending(f"HTTP/1.1 {status} X\r\n{framing}\r\nETag: x\r\n\r\n".encode()) as url:
        answer = fetch(url, {}, 5, 10_000)
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize("status", [204, 301, 302, 304, 307, 308, 400, 404, 500, 503])
def test_every_status_is_returned(fetch: SyncFetch, issuer: Issuer, status: int) -> None:
    with issuer.answering(Answer(status=status, body=b"", headers={"Location": "/other"})):
        assert fetch(issuer.jwks_url, {}, 5, 10_000).status == status
    assert len(issuer.requests) == 1


def test_at_most_one_octet_more_of_a_body_is_read(fetch: SyncFetch, issuer: Issuer) -> None:
    with issuer.answering(Answer(body=b"x" * 5_000_000)):
        assert len(fetch(issuer.jwks_url, {}, 5, 1000).body) == 1001
    with issuer.answering(Answer(body=b"x" * 1000)):
        assert len(fetch(issuer.jwks_url, {}, 5, 1000).body) == 1000


def test_half_a_body_is_an_error(fetch: SyncFetch, issuer: Issuer) -> None:
    with (
        issuer.answering(Answer(body=b"x" * 1000, cut_after=500)),
        pytest.raises(Exception, match="body") as error,
    ):
        fetch(issuer.jwks_url, {}, 5, 10_000)
    assert fetch is not fetch_with_urllib or isinstance(error.value, FetchError)


def test_the_timeout_applies_to_the_whole_response(
    fetch: SyncFetch, issuer: Issuer, dripping: str
) -> None:
    for url, answer in (
        (issuer.jwks_url, Answer(delay=3)),
        (issuer.jwks_url, Answer(body=b"x" * 1000, drip=0.05)),
        (dripping, Answer()),
        # With a wrong length, the end of the connection looks like the end of the body.
        (issuer.jwks_url, Answer(body=b"x" * 1000, drip=0.05, headers={"Content-Length": "900"})),
    ):
        start = time.monotonic()
        with issuer.answering(answer), pytest.raises(TimeoutError):
            fetch(url, {}, 0.3, 10_000)
        assert time.monotonic() - start < 2.5


def test_a_refused_connection(fetch: SyncFetch) -> None:
    with pytest.raises(Exception, match=r"refused|connection attempts failed"):
        fetch("http://127.0.0.1:1/", {}, 5, 1000)


def test_plain_http_uses_no_proxy(
    fetch: SyncFetch, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert fetch(issuer.jwks_url, {}, 5, 10_000).status == 200


def test_https_uses_the_proxy_of_the_environment(
    fetch: SyncFetch, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", issuer.url)
    # The issuer is not a proxy: it refuses the tunnel, which proves that it was asked for one.
    with pytest.raises(Exception, match="501"):
        fetch("https://issuer.example/", {}, 5, 10_000)


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server with a self-signed certificate, and that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, SHA256())
    )
    pem = tmp_path / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class names it
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/", pem
    server.shutdown()
    server.server_close()


def test_certificates_are_checked(fetch: SyncFetch, secure: tuple[str, Path]) -> None:
    url, _ = secure
    with pytest.raises(Exception, match=r"(?i)certificate"):
        fetch(url, {}, 5, 1000)


def test_certificates_that_the_system_trusts(
    secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, pem = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    assert fetch_with_urllib(url, {}, 5, 1000).body == b"ok"


def test_certificates_that_the_caller_trusts(secure: tuple[str, Path]) -> None:
    url, pem = secure

    async def main() -> FetchResponse:
        trusting = fetch_with(verify=ssl.create_default_context(cafile=str(pem)))
        return await trusting(url, {}, 5, 1000)

    assert asyncio.run(main()).body == b"ok"
