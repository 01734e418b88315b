"""Which credential the gate uses on Azure DevOps, and how a reply shows that it was not accepted."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from atlantis_gate.errors import CredentialError
from atlantis_gate.hosts.credentials import first_of
from atlantis_gate.hosts.http import caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from atlantis_gate.deadline import Deadline
    from atlantis_gate.hosts.calls import Caller, Raw

HOST: Final = "Azure DevOps"
USER_TOKENS: Final = ("ATLANTIS_AZUREDEVOPS_TOKEN", "ATLANTIS_AZUREDEVOPS_TOKEN_FILE", "INPUT_TOKEN", "AZURE_DEVOPS_EXT_PAT")
# https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables#systemaccesstoken
JOB_TOKEN: Final = "SYSTEM_ACCESSTOKEN"  # noqa: S105 - a variable's name
_MAP_IT: Final = "In Azure Pipelines map the job's token into the step: `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`."


def session(env: Mapping[str, str], deadline: Deadline) -> Caller:
    """Return a caller with the first credential there is. Raises CredentialError without one."""
    token = first_of(env, (*USER_TOKENS, JOB_TOKEN))
    if token is None:
        tried = ", ".join((*USER_TOKENS, JOB_TOKEN))
        raise CredentialError(f"no credential for Azure DevOps: none of {tried} is set", advice=_MAP_IT)
    text = token.reveal()
    if text.startswith("$("):
        raise CredentialError(f"{token.source} holds the name of a pipeline variable that does not exist, and no token", advice=_MAP_IT)
    # https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate#use-a-pat-in-your-code
    header = f"Bearer {text}" if token.source == JOB_TOKEN else f"Basic {base64.b64encode(f':{text}'.encode()).decode()}"
    return caller(host=HOST, source=token.source, headers={"Authorization": header}, deadline=deadline, signed_out=signed_out)


def signed_out(raw: Raw) -> bool:
    """Tell whether a reply is the way to the sign-in page, which Azure DevOps sends instead of a 401 for a token that it refuses."""
    page = raw.status in {200, 203} and "text/html" in raw.headers.get("content-type", "")
    location = raw.headers.get("location", "").casefold()
    return page or raw.status == 203 or (raw.status == 302 and ("signin" in location or "login" in location))  # noqa: PLR2004 - as it says
