"""Which credential the gate uses on Azure DevOps, and how a reply shows that it was not accepted."""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from atlantis_gate.errors import CredentialError
from atlantis_gate.frozen import frozen
from atlantis_gate.hosts.credentials import Choice, first_of, passed_over
from atlantis_gate.hosts.http import caller
from atlantis_gate.hosts.refusals import Refusal, explaining, words
from atlantis_gate.hosts.token_prefixes import refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller, Raw, Request
    from atlantis_gate.hosts.credentials import Secret

HOST: Final = "Azure DevOps"
USER_TOKENS: Final = ("ATLANTIS_AZUREDEVOPS_TOKEN", "ATLANTIS_AZUREDEVOPS_TOKEN_FILE", "INPUT_TOKEN", "AZURE_DEVOPS_EXT_PAT")
# https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables#systemaccesstoken
JOB_TOKEN: Final = "SYSTEM_ACCESSTOKEN"  # noqa: S105 - a variable's name
JOB: Final = "job's own token (System.AccessToken)"
_MAP_IT: Final = "In Azure Pipelines map the job's token into the step: `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`."
_NEW: Final = "Make a new one (User settings > Personal access tokens) in the organization of the repository, and set the variable to it."
# https://github.com/microsoft/azure-pipelines-agent/issues/1559: what the pages for people do not say is in this header.
_SAID: Final = "x-tfs-serviceerror"


@frozen
class Credential:
    """What speaks to Azure DevOps: a token, whether it goes as a bearer, and how it was chosen."""

    secret: Secret
    bearer: bool
    choice: Choice


def credential(env: Mapping[str, str]) -> Credential:
    """Return the first credential there is. Raises CredentialError without one, and for one that is another product's."""
    names = (*USER_TOKENS, JOB_TOKEN)
    token = first_of(env, names)
    if token is None:
        raise CredentialError(f"no credential for Azure DevOps: none of {', '.join(names)} is set", advice=_MAP_IT)
    text = token.reveal()
    if text.startswith("$("):
        raise CredentialError(f"{token.source} holds the name of a pipeline variable that does not exist, and no token", advice=_MAP_IT)
    refuse_foreign(token, HOST)
    # Who writes `AZURE_DEVOPS_EXT_PAT: $(System.AccessToken)` has the job's token, too.
    job = token.source == JOB_TOKEN or text == env.get(JOB_TOKEN, "").strip()
    # Microsoft Entra's tokens, and a job's, are JSON Web Tokens:
    # https://learn.microsoft.com/en-us/azure/devops/integrate/get-started/authentication/service-principal-managed-identity
    bearer = job or text.startswith("eyJ")
    kind = JOB if job else "bearer token (a job's own or Microsoft Entra's)" if bearer else "personal access token"
    return Credential(token, bearer, Choice(kind, token.source, passed_over(env, names, token.source)))


def session(chosen: Credential, deadline: Deadline) -> Caller:
    """Return a caller that sends a credential with every request."""
    text = chosen.secret.reveal()
    # https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate#use-a-pat-in-your-code
    header = f"Bearer {text}" if chosen.bearer else f"Basic {base64.b64encode(f':{text}'.encode()).decode()}"
    asking = caller(host=HOST, source=chosen.secret.source, headers={"Authorization": header}, deadline=deadline, signed_out=signed_out)
    return explaining(asking, lambda request, raw: refusal(request, raw, job=chosen.choice.kind == JOB))


def signed_out(raw: Raw) -> bool:
    """Tell whether a reply is the way to the sign-in page, which Azure DevOps sends instead of a 401 for a token that it refuses."""
    page = raw.status in {200, 203} and "text/html" in raw.headers.get("content-type", "")
    location = raw.headers.get("location", "").casefold()
    return page or raw.status == 203 or (raw.status == 302 and ("signin" in location or "login" in location))  # noqa: PLR2004 - as it says


def refusal(request: Request, raw: Raw, *, job: bool) -> Refusal | None:
    """Tell why Azure DevOps refuses a credential, where it says so; `job` tells a job's own token."""
    said = f"{words(raw)} {unquote(raw.headers.get(_SAID, ''))}".casefold()
    if "personal access token used has expired" in said:
        # https://github.com/microsoft/azure-pipelines-tasks/issues/18732
        return Refusal(reason="it has expired", advice=_NEW)
    if raw.status == HTTPStatus.UNAUTHORIZED or signed_out(raw):
        nobody = "Azure DevOps takes it for nobody's: " if any(word in said for word in _NOBODY) else ""
        if job:
            return Refusal(reason=f"{nobody}a job's token is valid only while the job runs, in its own organization", advice=_MAP_IT)
        reason = f"{nobody}it is wrong, expired or revoked, of another organization, or it lacks {request.needs}"
        return Refusal(reason=reason, advice=_NEW)
    if job and _NO_REPOSITORY in said:
        return Refusal(reason="a job's identity sees no other repositories than its pipeline names", advice=_NAME_IT, whole=False)
    return None


# https://github.com/Azure/azure-cli/issues/24108, https://github.com/microsoft/azure-pipelines-agent/issues/2565
_NOBODY: Final = ("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "anonymous access", "the user '' is not authorized")
# https://learn.microsoft.com/en-us/azure/devops/pipelines/process/access-tokens
_NO_REPOSITORY: Final = "tf401019"
_NAME_IT: Final = (
    "Check the names. Give the build identity Read on the repository, and name it in the pipeline (checkout or resources.repositories) "
    "where 'Protect access to repositories in YAML pipelines' is on."
)
