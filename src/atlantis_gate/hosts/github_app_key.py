"""A GitHub App's id and private key: read, checked, and turned into its login."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final

import jwt
from github import Auth

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts.credentials import Choice, Secret, text_of
from atlantis_gate.hosts.github_tokens import Credential, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.redaction import Redaction

APP_ID: Final = "ATLANTIS_GH_APP_ID"
APP_KEYS: Final = ("ATLANTIS_GH_APP_KEY", "ATLANTIS_GH_APP_KEY_FILE")
# An App's number, or its client id: https://github.blog/changelog/2024-05-01-github-apps-can-now-use-the-client-id-to-fetch-installation-tokens/
_ID: Final = re.compile(r"[0-9]{1,20}|Iv[0-9A-Za-z.]{1,60}")
# https://www.rfc-editor.org/rfc/rfc7468#section-3
_LABEL: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,60})-----")
_ADVICE: Final = "It must be the PEM text that GitHub gave for the App (General > Private keys), from -----BEGIN to -----END."


def login(env: Mapping[str, str], redaction: Redaction) -> Credential | None:
    """Return the login of the App that is set up, None where none is; `redaction` learns the key.

    Raises CredentialError for an id or a key that is none.
    """
    app_id = text_of(env, APP_ID)
    if not app_id:
        return None
    if not _ID.fullmatch(app_id):
        raise CredentialError(
            f"{APP_ID} does not hold the id of a GitHub App",
            advice="It is the number (App ID) or the client id (Iv...) at the top of the App's page.",
        )
    key = _key(env, redaction)
    auth = Auth.AppAuth(app_id, key.reveal())
    _try(auth, key)
    return Credential(choice=Choice(f"GitHub App {app_id}", key.source), kind=Kind.APP_KEY, auth=auth)


def _key(env: Mapping[str, str], redaction: Redaction) -> Secret:
    given = [name for name in APP_KEYS if env.get(name, "").strip()]
    if len(given) != 1:
        raise CredentialError(
            f"{APP_ID} needs exactly one of {' and '.join(APP_KEYS)}; {'both are' if given else 'neither is'} set",
            advice="Set one of them to the App's private key (PEM), or to the path of the file that holds it.",
        )
    # A key that was put into one line, as secrets often are.
    key = Secret(text_of(env, given[0]).replace("\\n", "\n"), given[0])
    redaction.add(key.reveal())
    fault = _fault(key.reveal())
    if fault:
        raise _wrong(key, fault)
    return key


def _fault(text: str) -> str:
    """Say why a text is certainly not an App's key, empty where that cannot be told from its looks."""
    found = _LABEL.search(text)
    if found is None:
        return "a PEM text that is base64-encoded once more; decode it" if _LABEL.search(_decoded(text)) else "no PEM text"
    label = found[1]
    if "ENCRYPTED" in label or "ENCRYPTED" in text[found.end() : found.end() + 100]:
        return "a key that is locked with a passphrase, which the gate cannot open"
    if "PRIVATE KEY" not in label:
        return f"a {label.lower()}, not a private key"
    kind = label.removesuffix("PRIVATE KEY").strip()
    return f"a key of type {kind}, and GitHub Apps have RSA keys" if kind not in {"", "RSA"} else ""


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("ascii", "replace")
    except (binascii.Error, ValueError):
        return ""


def _try(auth: Auth.AppAuth, key: Secret) -> None:
    """Sign something, so that a key that cannot is an error before anything is sent."""
    try:
        _ = auth.token
    except (ValueError, TypeError, AttributeError, jwt.PyJWTError) as error:
        # What PyJWT says of a key of another type: https://github.com/jpadilla/pyjwt/blob/master/jwt/algorithms.py
        other = "Expected one of" in str(error)
        fault = "a private key that is not of type RSA, and GitHub Apps have RSA keys" if other else "a private key that is cut or changed"
        raise _wrong(key, fault) from None


def _wrong(key: Secret, fault: str) -> CredentialError:
    return CredentialError(f"{key.source} does not hold a GitHub App's private key that can be used: it holds {fault}", advice=_ADVICE)
