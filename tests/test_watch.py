"""`validate --watch`: checked again at every save, whatever was wrong before, until it is interrupted."""

import itertools
import os
import select
import signal
from pathlib import Path

import pytest
from polling import until
from project import SHOP, Project, shop_rows
from shop import shop_tray

from trayimport.cli.watching import Stamps, changes, stamps


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_every_save_is_checked_and_nothing_ends_it_but_an_interrupt(tmp_path: Path, end: signal.Signals) -> None:
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        project.export(shop_rows(1))
        assert project.run("pull", "mappings/").code == 0
        process = project.spawn("validate", "mappings/", "--watch")
        assert process.stdout is not None
        assert process.stderr is not None
        text = ""

        def said(words: str) -> bool:
            nonlocal text
            for stream in (process.stdout, process.stderr):
                assert stream is not None
                os.set_blocking(stream.fileno(), False)
                text += (os.read(stream.fileno(), 1 << 16) if _readable(stream.fileno()) else b"").decode()
            return words in text

        try:
            for content, words in (
                (SHOP, "0 errors"),
                (SHOP.replace("record.id", "record.id | nope"), "TI2"),
                ("a: [", "TI102"),
                (None, "TI701"),
                (SHOP, "watching 3 files"),
            ):
                text = ""
                if content is None:
                    (tmp_path / "mappings" / "shop.yaml").unlink()
                else:
                    project.mapping(content)
                until(lambda words=words: said(words) and said("Ctrl-C"))  # type: ignore[misc]
            process.send_signal(end)
            process.wait(30)
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == 130


def _readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def test_several_writes_of_one_save_are_one_change() -> None:
    looks = iter([1, 1, 2, 3, 3, 3, 4, 4, 4])
    slept: list[float] = []

    def look() -> Stamps:
        return {Path("a"): (next(looks), 0)}

    seen = [found[Path("a")][0] for found in itertools.islice(changes(look, slept.append), 3)]
    assert seen == [1, 3, 4]


def test_files_that_vanish_while_they_are_looked_at_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert list(stamps([tmp_path, tmp_path / "nothing"])) == [tmp_path / "a.yaml"]


def test_only_people_watch(tmp_path: Path) -> None:
    with shop_tray() as sandbox:
        project = Project(tmp_path, sandbox)
        project.mapping(SHOP)
        done = project.run("validate", "mappings/", "--watch", "--output", "json")
    assert (done.code, "--watch is for people" in done.err) == (2, True)
