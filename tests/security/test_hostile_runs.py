"""Whatever an author writes, no CI obeys it, no output holds it, no host renders it: whole runs on every host in every CI."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from atlantis_gate.hosts import HOSTS
from hosts.stories import FINE, Check, Story
from programs import Ran, gate, workspace
from report.hostile import HOSTILE
from security import harmless
from security.ci_environments import PLACES, environment
from security.wire import Answer, Wire, named, told

if TYPE_CHECKING:
    from pathlib import Path

    from requests import PreparedRequest

    from security.wire import Alter

TEXTS = (
    *HOSTILE,
    "x" * 40 + " ::set-output name=allowed::true",
    "]##vso[task.setvariable variable=allowed;isOutput=true]true",
    "\0nul",
    "byte \udcff.tf",
)
# CIs that take no outputs and show logs as they are: to the gate they are one.
BARE = ("circleci", "woodpecker", "none")
RUNS = [(kind, ci) for kind in HOSTS for ci in PLACES]
TITLES = ("title", "description", "displayName", "body", "summary", "message", "comment", "raw", "html")


def story(text: str) -> Story:
    """Return a story in which a text is every name that somebody else chose."""
    path = text.replace("/", "_").replace("\0", "")
    return replace(
        FINE,
        author=f"bob {text}",
        approved_by=(text,),
        checks=(Check(f"ci {text}", "failure"), Check(text, "pending")),
        files=("staging/main.tf", f"{path}/main.tf", f"staging/{path}.tf"),
        renamed=((f"old {path}", f"new {path}"),),
        base_files=(f"staging/{path}.tf",),
    )


def hand_on(text: str) -> Alter:
    """Put a text into branch names, titles and descriptions of all answers."""

    def alter(_: PreparedRequest, answer: Answer) -> Answer:
        try:
            return answer.holding(_renamed(answer.value, text))
        except ValueError:
            return answer

    return alter


def _renamed(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {key: text if key in TITLES and isinstance(each, str) else _renamed(each, text) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, text) for each in value]
    return {"feature": text, "refs/heads/feature": f"refs/heads/{text}"}.get(value, value) if isinstance(value, str) else value


def run(kind: str, ci: str, text: str, folder: Path, config: str | None = None) -> tuple[Ran, Wire]:
    """Run the gate in a checkout of the pull request's files, as far as a disk takes their names."""
    told_story = story(text)
    for name in told_story.changed_files:
        put(folder / "root" / name)
    if config is not None:
        (folder / "root" / "atlantis.yaml").write_text(config, encoding="utf-8")
    with told(kind, told_story, hand_on(text)) as (wire, connection):
        env = {**environment(ci, folder, text), **connection.env, **named(kind, connection), "ATLANTIS_GATE_ROOT": str(folder / "root")}
        argv = ("--require", "approved,mergeable,undiverged", "--comment", "always", "--decision-file", str(folder / "decision.json"))
        return gate("check", *argv, env=env), wire


def put(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    except (OSError, ValueError):  # a name that no disk takes
        pass


def share(kind: str, ci: str) -> tuple[str, ...]:
    """Return a host's and a CI's share of the texts, such that every CI and every host sees all of them; bare logs share theirs."""
    number = list(HOSTS).index(kind)
    if ci in BARE:
        return TEXTS[number * len(BARE) + BARE.index(ci) :: len(HOSTS) * len(BARE)]
    return TEXTS[(number + [each for each in PLACES if each not in BARE].index(ci)) % len(HOSTS) :: len(HOSTS)]


def test_every_text_is_seen_by_every_ci_and_every_host() -> None:
    alone = [(ci,) for ci in PLACES if ci not in BARE]
    for cis in (*alone, BARE):
        assert {text for ci in cis for kind in HOSTS for text in share(kind, ci)} == set(TEXTS)
    for kind in HOSTS:
        assert {text for ci in PLACES for text in share(kind, ci)} == set(TEXTS)


@pytest.mark.parametrize(("kind", "ci"), RUNS)
def test_nothing_that_is_shown_is_obeyed_or_means_anything(kind: str, ci: str, tmp_path: Path) -> None:
    for number, text in enumerate(share(kind, ci)):
        folder = tmp_path / str(number)
        (folder / "root").mkdir(parents=True)
        ran, wire = run(kind, ci, text, folder)
        assert ran.code in {1, 2}, (text, ran.out)
        assert_harmless(ci, ran, wire, folder)


def assert_harmless(ci: str, ran: Ran, wire: Wire, folder: Path) -> None:
    printed = f"{ran.out}\n{ran.err}"
    assert "Traceback" not in printed, printed
    assert harmless.strange_line(ci, printed) is None
    files = harmless.written(folder)
    decision = json.loads(files["decision.json"])
    harmless.outputs_agree(PLACES[ci].outputs(folder, printed), decision)
    own = decision["pull_request"]["url"]
    for name, text in files.items():
        assert not name.endswith(".md") or harmless.markup(text, own) == [], name
        assert not name.endswith(".xml") or harmless.is_xml(text)
    for request in wire.sent:
        if request.method != "GET" and not str(request.url).endswith("/graphql"):
            assert_posted(list(harmless.posted(request)))


def assert_posted(texts: list[tuple[str, str]]) -> None:
    assert [pair for pair in texts if harmless.is_good(*pair)] == []
    for name, text in texts:
        if name in {"ref", "refname"}:
            continue  # how hosts know which branch is meant, and no text
        if harmless.is_comment(text):
            assert harmless.markup(text, "") == []
        else:
            assert harmless.strange_line("none", text) is None, name


def configs(text: str, number: int) -> tuple[str, ...]:
    """Return repo configs with a text wherever one may be: as names and values that are wrong, as some that are right, as a text."""
    wrong = {
        "version": 3,
        text: text,
        "projects": [{"dir": text, "name": text, "workflow": text, "apply_requirements": [text], text: [text]}],
    }
    right = {"version": 3, "projects": [{"dir": "staging", "name": "x", "workspace": text, "autoplan": {"when_modified": [text, "*.tf"]}}]}
    texts = (f"version: 3\n# {text}\n", text, f"version: {json.dumps(text)}")
    return (yaml.safe_dump(wrong), yaml.safe_dump(right), texts[number % len(texts)])


@pytest.mark.parametrize("ci", PLACES)
def test_a_repo_config_is_quoted_without_its_power(ci: str, tmp_path: Path) -> None:
    kind = list(HOSTS)[list(PLACES).index(ci) % len(HOSTS)]
    for number, text in enumerate(share(kind, ci)):
        for index, config in enumerate(configs(text.replace("\ud800", "\ufffd").replace("\udcff", "\ufffd"), number)):
            folder = tmp_path / f"{number}-{index}"
            (folder / "root").mkdir(parents=True)
            ran, wire = run(kind, ci, text, folder, config)
            assert ran.code in {1, 2}, (text, ran.out)
            assert_harmless(ci, ran, wire, folder)


# What a file of the gate's is called in each CI that takes files from the checkout, besides the decision.
FILES = {
    "gitlab-ci": ("atlantis-gate.env", "atlantis-gate.md", "atlantis-gate.junit.xml"),
    "bitbucket-pipelines": ("atlantis-gate.md", "test-results/atlantis-gate.xml"),
    "jenkins": ("atlantis-gate.junit.xml",),
}


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("ci", [*FILES, "none"])
def test_no_link_of_the_checkout_leads_the_gates_files_out_of_it(ci: str, failing: bool, tmp_path: Path) -> None:
    """The files that the gate leaves are planted as links, and as texts that allow everything: both are gone after any run."""
    root = workspace(tmp_path, {"root/staging/main.tf": "", "outside/kept": "kept"}) / "root"
    for name in (*FILES.get(ci, ()), "decision.json"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).symlink_to(tmp_path / "outside" / "kept")
    with told("gitlab", replace(FINE, approved_by=())) as (_, connection):
        env = {**environment(ci, tmp_path, "x"), **named("gitlab", connection), "ATLANTIS_GATE_ROOT": str(root)}
        argv = ("--require", "approved", "--decision-file", str(root / "decision.json"))
        ran = gate("check", *argv, env=env if failing else {**connection.env, **env})
    assert ran.code == (2 if failing else 1), ran.err
    assert [path.read_text() for path in (tmp_path / "outside").iterdir()] == ["kept"]
    for name in (*FILES.get(ci, ()), "decision.json"):
        assert not (root / name).is_symlink()
        assert failing or (root / name).is_file()


@pytest.mark.parametrize("folder", ["test-results", "out"])
def test_no_folder_of_the_checkout_leads_them_out_of_it_either(folder: str, tmp_path: Path) -> None:
    root = workspace(tmp_path, {"root/staging/main.tf": "", "outside/kept": "kept"}) / "root"
    (root / folder).symlink_to(tmp_path / "outside")
    with told("bitbucket-cloud") as (_, connection):
        env = {**environment("bitbucket-pipelines", tmp_path, "x"), **connection.env, **named("bitbucket-cloud", connection)}
        ran = gate("check", "--root", str(root), "--decision-file", str(root / "out" / "decision.json"), env=env)
    assert ran.code == 2, ran.err
    assert "a link that leads out of the c" in ran.err
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["kept"]
