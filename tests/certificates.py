"""Certificates for services on this machine, made anew for each, which this process may trust."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import uuid
from pathlib import Path

import aiohttp.connector
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def over_tls(listening: socket.socket, folder: Path) -> tuple[ssl.SSLSocket, str]:
    """Put a listening socket behind a certificate of its own; give it and the certificate."""
    certificate, pair = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    return context.wrap_socket(listening, server_side=True), certificate


def trust(certificate: str) -> None:
    """Let the worker's client trust a certificate: it has no setting for that, as it needs none outside
    of tests."""
    aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(cadata=certificate)


def _certificate(folder: Path) -> tuple[str, Path]:
    """Make a certificate for this machine; give it, and where it stands with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own: of two authorities with one name, only the first would be tried.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"case system {uuid.uuid4()}")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(here, critical=False)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    pair = folder / f"{uuid.uuid4()}.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pair.write_bytes(certificate + secret)
    return certificate.decode(), pair
