"""What somebody wrote into a mapping by mistake is shown nowhere: no line, path or message has it, in no format."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from project import SHOP, Project, shop_rows
from shop import shop_tray

SECRET = "Zx9hunter2Qv7canary4"
SLACK = "xoxb-123456789012-abcdefABCDEF"
FORMATS = ["text", "json", "sarif", "github", "junit"]

MAPPINGS = {
    "a template that isn't closed": SHOP.replace("{{ record.token }}", "{{ 'SECRET' "),
    "a template that isn't closed, bare": SHOP.replace("{{ record.token }}", "{{ canary-hunter2"),
    "a statement that isn't closed": SHOP.replace("{{ record.token }}", "{% if canary-hunter2"),
    "one on the line of a plain root": SHOP.replace("{{ record.id }}", "{{ record.id ~ 'canary", 1),
    "a template that doesn't parse": SHOP.replace("{{ record.token }}", "{{ record.token canary-hunter2 }}"),
    "a word after a template's end": SHOP.replace("record.token", "record.token 'canary-x' canary_hunter2"),
    "a tag": SHOP.replace("{{ record.token }}", "{% canary_hunter2 %}"),
    "a sign": SHOP.replace("record.token", "record.token $canary_hunter2"),
    "a missing colon": SHOP.replace("api_token: ", "api_token "),
    "a missing colon, bare": SHOP.replace('api_token: "{{ record.token }}"', "api_token canary-hunter2"),
    "a missing colon, and a line below": SHOP.replace(
        'api_token: "{{ record.token }}"', "api_token canary-hunter2\n    other: x"
    ),
    "a missing colon at the top": SHOP + "api_token canary-hunter2\n",
    "a missing colon in braces": SHOP + "tokens: {api_token canary-hunter2: x}\n",
    "a value as a key": SHOP + "SECRET: x\n",
    "a value as a key of credentials": SHOP.replace("api_token:", "SECRET:"),
    "an anchor": SHOP.replace('"{{ record.token }}"', "*SECRET"),
    "a tag of YAML": SHOP.replace('"{{ record.token }}"', "!SECRET x"),
    "a name": SHOP.replace("record.token", "SECRET"),
    "a filter": SHOP.replace("record.token", "record.token | SECRET"),
    "an attribute": SHOP.replace("record.token", "user.SECRET"),
    "a choice": SHOP + "on_existing: SECRET\n",
    "a secret's provider": SHOP + "secrets: {k: {SECRET: x}}\n",
    "a service": SHOP.replace("name: shop", "name: SECRET"),
    "a Slack token as a key": SHOP + f"{SLACK}: x\n",
    "a Slack token in a comment": SHOP + f"# {SLACK}\nunknown: x\n",
    "a Slack token in a name": SHOP.replace("Shop {{ record.id }}", f"Shop {SLACK}"),
}


@pytest.mark.parametrize("name", MAPPINGS)
def test_no_format_shows_what_was_written_there_by_mistake(tmp_path: Path, name: str) -> None:
    text = MAPPINGS[name].replace("SECRET", SECRET)
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(text)
        found = [project.run("validate", "mappings/", "--output", one) for one in FORMATS]
        found.append(project.run("plan", "mappings/"))
        assert all(one.code in {1, 2} for one in found) or "comment" in name, found[0].text
        for one in found:
            assert not re.search(f"canary|{SECRET}|hunter2|{SLACK}", one.text), one.text


def test_a_mistake_is_still_named(tmp_path: Path) -> None:
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP.replace("record.token", "recrod.token | lowwer") + "on_existng: adopt\n")
        text = project.run("validate", "mappings/").text
        for word in ("recrod", "lowwer", "on_existng"):
            assert word in text, text


def test_a_link_that_leads_outside_shows_no_word_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "company").mkdir()
    secret = tmp_path / "elsewhere" / "kube.yaml"
    secret.write_text("users:\n- name: canary\n  canary-key: canary-token\n", "utf-8")
    with shop_tray() as sandbox:
        project = Project(tmp_path / "company", sandbox)
        (project.root / "mappings" / "x.yaml").symlink_to(secret)
        for arguments in (["validate", "mappings/"], ["validate", "mappings/x.yaml"], ["plan", "mappings/"]):
            done = project.run(*arguments)
            assert (done.code in {1, 2}, "canary" in done.text) == (True, False), done.text
            assert "a link that leads outside" in done.text
        (project.root / "mappings" / "x.yaml").unlink()
        inside = project.mapping(SHOP + "unknown_key: x\n", "_shared.yaml")
        (project.root / "mappings" / "x.yaml").symlink_to(inside)
        assert "unknown_key" in project.run("validate", "mappings/").text


@pytest.mark.parametrize("name", ["::error::x.yaml", "##[error]x.yaml", "%3A::warning file=a::x.yaml"])
def test_no_file_name_begins_a_command_to_github(tmp_path: Path, name: str) -> None:
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP + "unknown_key: x\n", name)
        project.export(shop_rows(1))
        for arguments in (["validate", "."], ["validate", ".", "--output", "github"], ["plan", f"mappings/{name}"]):
            os.chdir(tmp_path / "mappings")
            done = project.run(*arguments)
            for line in done.text.splitlines():
                assert not re.match(r"\s*::error::|\s*::warning file=a", line), line
                assert "##[" not in line


def test_bash_completes_no_word_that_runs_something(tmp_path: Path) -> None:
    keys = ["$(touch pwned)", "$(touch$IFS)", "`id`", "a;b", "a|b", "~root", "it's", "-rf", "good-1", "a&b", "*"]
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export([row | {"id": key} for key, row in zip(keys, shop_rows(len(keys)), strict=True)])
        assert project.apply().code == 0
        line = "trayimport apply mappings/ --select "
        words = {"COMP_WORDS": line, "COMP_CWORD": "4", "_TRAYIMPORT_COMPLETE": "bash_complete"}
        offered = {found.partition(",")[2] for found in project.run(**words).out.splitlines()}
        assert "good-1" in offered
        assert "$(touch$IFS)" not in offered
        for word in offered:
            done = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, text=True, check=True)
            assert done.stdout in keys
