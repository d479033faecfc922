"""The hosts that a release talks to, on loopback: a proxy for TLS, and one certificate for all.

So no code of the release knows that it is a rehearsal: it asks `https://storage.googleapis.com`,
and whatever is asked for that is not here is refused and remembered.
"""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LARGEST_BYTES = 512 << 20
"""Of a request: a layer of an image."""
START_TIMEOUT_S = 10


class Network(AbstractContextManager["Network"]):
    """Answers for hosts by name; leaving the context ends it."""

    def __init__(self, folder: Path, hosts: Mapping[str, Handler]) -> None:
        self.refused: set[str] = set()
        """Hosts that were asked for and are not here."""
        self._folder = folder
        self._hosts = hosts
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._proxy: asyncio.Server | None = None
        self._runner: web.AppRunner | None = None
        self._tls_port = self._proxy_port = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        context = _context(self._folder, list(self._hosts))
        self._thread.start()
        self._wait(self._start(context))
        return self

    def __exit__(self, *_exception: object) -> None:
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_TIMEOUT_S)
        self._loop.close()

    def environment(self) -> dict[str, str]:
        """Send a process here: Go's, Python's and any other that heeds the usual variables."""
        authority = str(self._folder / "authority.pem")
        proxy = f"http://127.0.0.1:{self._proxy_port}"
        own = "127.0.0.1,localhost"
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), own),
            **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), authority),
        }

    def _wait(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_TIMEOUT_S)

    async def _start(self, context: ssl.SSLContext) -> None:
        app = web.Application(client_max_size=LARGEST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self._tls_port = self._runner.addresses[0][1]
        self._proxy = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._proxy_port = self._proxy.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._proxy:
            self._proxy.close()
        if self._runner:
            await self._runner.cleanup()
        late = asyncio.all_tasks() - {asyncio.current_task()}
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        return await self._hosts[request.host.partition(":")[0]](request)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Open a way for `CONNECT HOST:443`, and for nothing else."""
        ends = [writer]
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split()
            host = head[1].removesuffix(":443")
            if head[0] != "CONNECT" or host not in self._hosts:
                self.refused.add(host)
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            there, back = await asyncio.open_connection("127.0.0.1", self._tls_port)
            ends.append(back)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            await asyncio.gather(_carry(reader, back), _carry(there, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # Whoever asked hung up, or asked for nothing that is understood here.
            pass
        finally:
            # A cancelled way closes too: a socket that outlives its loop is never closed.
            for end in ends:
                end.close()
            await asyncio.gather(*(end.wait_closed() for end in ends), return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(1 << 16):
            writer.write(part)
            await writer.drain()
    with suppress(OSError):
        writer.close()


def _context(folder: Path, hosts: list[str]) -> ssl.SSLContext:
    """Make an authority that only this rehearsal's processes are told of, and its certificate."""
    authority, key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rehearsal")])
    now = datetime.now(UTC)

    def builder(public: ec.EllipticCurvePublicKey, subject: x509.Name) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().issuer_name(name).subject_name(subject).public_key(public)
        made = made.serial_number(x509.random_serial_number())
        return made.not_valid_before(now - timedelta(hours=1)).not_valid_after(
            now + timedelta(days=1)
        )

    own = builder(authority.public_key(), name)
    own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    leaf = builder(key.public_key(), x509.Name([]))
    leaf = leaf.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=True
    ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    signed = leaf.sign(authority, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(own.sign(authority, hashes.SHA256()).public_bytes(pem))
    whole = folder / "server.pem"
    whole.touch(mode=0o600)
    whole.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    return context
