"""What to do with the new App: where it is installed, and how its id and key get into each CI. Commands never hold the key itself."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atlantis_gate.github_app.app import App
    from atlantis_gate.github_app.manifest import Place


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, and lines to copy for it."""

    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Steps under a title."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """All that is told about a new App. `key_file` and `env_file` are the paths of what was saved; `cis` has one part a CI."""

    app: App
    key_file: str
    env_file: str
    cis: tuple[Part, ...]
    trial: Part


NOT_SAVED = (
    "GitHub also made a client secret and a webhook secret. The gate uses neither, and they were not saved."
    " The App has no webhook: GitHub sends it nothing, and nothing listens for it."
)
AFTERWARDS = "Once the CI has the key, delete the file. A lost key is no loss: GitHub makes a new one on the App's settings page."


def handover(app: App, place: Place, key_file: str, env_file: str) -> Handover:
    """Return what is told about an App whose key and settings are saved in these files."""
    key = shlex.quote(key_file)
    file_name = key_file.replace("\\", "/").rpartition("/")[2]
    cis = (_github(app, place, key), _gitlab(app, key), _azure(app, file_name), _bitbucket(app, key), _other(app, key_file))
    return Handover(app=app, key_file=key_file, env_file=env_file, cis=cis, trial=_trial(env_file))


def _github(app: App, place: Place, key: str) -> Part:
    # https://cli.github.com/manual/gh_variable_set and https://cli.github.com/manual/gh_secret_set
    repo = "OWNER/REPO" if place.public else f"{place.host}/OWNER/REPO"
    store = Step(
        "Store both in the repository (for a whole organization: --org NAME instead of --repo):",
        (
            f"gh variable set ATLANTIS_GH_APP_ID --repo {repo} --body {app.id}",
            f"gh secret set ATLANTIS_GH_APP_KEY --repo {repo} < {key}",
        ),
    )
    hand_on = Step(
        "Give them to the gate's step in the workflow:",
        ("env:", "  ATLANTIS_GH_APP_ID: ${{ vars.ATLANTIS_GH_APP_ID }}", "  ATLANTIS_GH_APP_KEY: ${{ secrets.ATLANTIS_GH_APP_KEY }}"),
    )
    return Part("GitHub Actions", (store, hand_on))


def _gitlab(app: App, key: str) -> Part:
    # https://docs.gitlab.com/cli/variable/set/ and https://docs.gitlab.com/ci/variables/#use-file-type-cicd-variables
    store = Step(
        "Store both in the project; the variable of type file holds a path. Merge request pipelines do not see protected variables.",
        (
            f"glab variable set ATLANTIS_GH_APP_ID {app.id} --repo GROUP/PROJECT",
            f"glab variable set ATLANTIS_GH_APP_KEY_FILE --type file --repo GROUP/PROJECT < {key}",
        ),
    )
    return Part("GitLab CI", (store,))


def _azure(app: App, file_name: str) -> Part:
    # https://learn.microsoft.com/en-us/azure/devops/pipelines/library/secure-files
    upload = f"Under Pipelines > Library > Secure files upload {file_name}, and permit the pipeline to use it. Fetch it before the gate:"
    fetch = ("- task: DownloadSecureFile@1", "  name: appKey", "  inputs:", f"    secureFile: {file_name}")
    hand_on = ("env:", f'  ATLANTIS_GH_APP_ID: "{app.id}"', "  ATLANTIS_GH_APP_KEY_FILE: $(appKey.secureFilePath)")
    return Part("Azure Pipelines", (Step(upload, fetch), Step("Give both to the gate's step:", hand_on)))


def _bitbucket(app: App, key: str) -> Part:
    # https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
    store = Step(
        f"Under Repository settings > Repository variables add ATLANTIS_GH_APP_ID with {app.id}, and ATLANTIS_GH_APP_KEY, secured, with the"
        " key on one line. This copies it so (on Linux with wl-copy or xclip instead of pbcopy):",
        (f"awk '{{printf \"%s\\\\n\", $0}}' {key} | pbcopy",),
    )
    return Part("Bitbucket Pipelines", (store,))


def _other(app: App, key_file: str) -> Part:
    both = (f"ATLANTIS_GH_APP_ID={app.id}", f"ATLANTIS_GH_APP_KEY_FILE={key_file}")
    return Part("Any other CI", (Step("Set both; ATLANTIS_GH_APP_KEY with the text of the key does as well, as a secret:", both),))


def _trial(env_file: str) -> Part:
    lines = (f"set -a; . {shlex.quote(env_file)}; set +a", "atlantis-gate doctor --host github --repo OWNER/REPO")
    return Part("Try it", (Step("Once the App is installed:", lines),))


def text(told: Handover) -> str:
    """Return what is printed on the terminal."""
    app = told.app
    head = [
        f"{app.name} is made: GitHub App {app.id}{f' of {app.owner}' if app.owner else ''}",
        "",
        f"Install it   {app.install_url}",
        f"Key          {told.key_file} (only you can read it)",
        f"Settings     {told.env_file}",
        f"Change it    {app.settings_url}",
        "",
        "Put the id and the key into the CI",
        "",
    ]
    cis = [line for part in told.cis for line in _block(part, "  ")]
    return "\n".join([*head, *cis, *_block(told.trial, ""), AFTERWARDS, NOT_SAVED])


def _block(part: Part, margin: str) -> list[str]:
    steps = [line for step in part.steps for line in (f"{margin}  {step.text}", *(f"{margin}      {each}" for each in step.lines))]
    return [f"{margin}{part.title}", *steps, ""]
