"""An App's id and key that cannot be used: each its own error, before anything is sent."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from atlantis_gate.errors import CredentialError
from hosts.github_apps import APP, KEY, PAIR, PUBLIC, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption

ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
LOCK = BestAvailableEncryption(b"passphrase")


def pem(key: PrivateKeyTypes = PAIR, form: PrivateFormat = PrivateFormat.PKCS8, lock: KeySerializationEncryption | None = None) -> str:
    """Return a private key as text."""
    return key.private_bytes(Encoding.PEM, form, lock or NoEncryption()).decode()


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("not-a-key", "it holds no PEM text"),
        (KEY.split("-----")[2], "it holds no PEM text"),
        (base64.b64encode(KEY.encode()).decode(), "it holds a PEM text that is base64-encoded once more; decode it"),
        (PUBLIC, "it holds a public key, not a private key"),
        ("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "it holds a certificate, not a private key"),
        (pem(lock=LOCK), "it holds a key that is locked with a passphrase, which the gate cannot open"),
        (
            pem(form=PrivateFormat.TraditionalOpenSSL, lock=LOCK),
            "it holds a key that is locked with a passphrase, which the gate cannot open",
        ),
        (pem(form=PrivateFormat.OpenSSH), "it holds a key of type OPENSSH, and GitHub Apps have RSA keys"),
        (pem(ELLIPTIC, PrivateFormat.TraditionalOpenSSL), "it holds a key of type EC, and GitHub Apps have RSA keys"),
        (pem(ELLIPTIC), "it holds a private key that is not of type RSA, and GitHub Apps have RSA keys"),
        (KEY[:800] + "\n-----END RSA PRIVATE KEY-----", "it holds a private key that is cut or changed"),
        (KEY.replace("MII", "NII", 1), "it holds a private key that is cut or changed"),
    ],
)
def test_a_key_that_is_none_is_told_by_what_it_is(stage: Stage, key: str, fault: str) -> None:
    with pytest.raises(CredentialError) as caught:
        stage.host({**APP, "ATLANTIS_GH_APP_KEY": key, "GITHUB_TOKEN": "c"})
    assert str(caught.value) == (
        f"ATLANTIS_GH_APP_KEY does not hold a GitHub App's private key that can be used: {fault}\n"
        "It must be the PEM text that GitHub gave for the App (General > Private keys), from -----BEGIN to -----END."
    )
    assert stage.asked == []


ONE_KEY = "ATLANTIS_GH_APP_ID needs exactly one of ATLANTIS_GH_APP_KEY and ATLANTIS_GH_APP_KEY_FILE;"
UNREADABLE = "the file that ATLANTIS_GH_APP_KEY_FILE names cannot be read: FileNotFoundError"


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"ATLANTIS_GH_APP_ID": "12"}, f"{ONE_KEY} neither is set"),
        ({**APP, "ATLANTIS_GH_APP_KEY_FILE": "/key"}, f"{ONE_KEY} both are set"),
        ({"ATLANTIS_GH_APP_ID": "12", "ATLANTIS_GH_APP_KEY_FILE": "/no/such/key"}, UNREADABLE),
        ({**APP, "ATLANTIS_GH_APP_ID": "my-app"}, "ATLANTIS_GH_APP_ID does not hold the id of a GitHub App"),
        ({**APP, "ATLANTIS_GH_APP_ID": KEY}, "ATLANTIS_GH_APP_ID does not hold the id of a GitHub App"),
    ],
)
def test_an_app_that_is_set_up_wrongly_is_an_error_although_the_job_has_a_token(
    stage: Stage, env: Mapping[str, str], expected: str
) -> None:
    with pytest.raises(CredentialError) as caught:
        stage.host({**env, "GITHUB_TOKEN": "c"})
    assert caught.value.message == expected
    assert caught.value.advice


def test_a_key_with_line_breaks_of_windows_is_taken(stage: Stage) -> None:
    with pytest.raises(CredentialError, match="0 installations"):
        stage.on("GET", "/app/installations", []).host({**APP, "ATLANTIS_GH_APP_KEY": KEY.replace("\n", "\r\n")})
