import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from covers_lib.evaluation import report
from covers_lib.evaluation.evaluate import examine
from covers_lib.gan.networks import Generator


@pytest.fixture(scope="module")
def findings(pack):
    return examine(Generator(32, 8, 4), pack, n=80, seed=5)


@pytest.fixture(scope="module")
def page(findings, pack, tmp_path_factory):
    out = tmp_path_factory.mktemp("reports") / "report.html"
    report.write(out, findings, pack, "a <run>")
    return out.read_text(encoding="utf-8")


def test_every_figure_stands_beside_its_floor(findings):
    found = findings.evaluation
    rows = {row.name: row for row in report.rows(found)}
    assert list(rows) == ["FD-Lite0", "FD-Lite0, middle", "KID", "precision", "density", "recall",
                          "coverage", "Vendi score", "support", "memorised"]  # fmt: skip
    assert float(rows["FD-Lite0"].value) == pytest.approx(found.fd, rel=1e-3)
    assert float(rows["FD-Lite0"].floor) == pytest.approx(found.fd_floor, rel=1e-3)
    assert rows["KID"].value.endswith(f"± {found.kid_deviation:.3f}")
    assert rows["memorised"].floor == "0.010"
    for row in rows.values():
        assert row.better in ("lower", "higher") and all(0 <= bar <= 1 for bar in row.bars)


def test_bars_are_as_long_as_the_figures(findings):
    rows = {row.name: row for row in report.rows(replace(
        findings.evaluation, fd=300.0, fd_floor=75.0, kid=0.5, kid_floor=-0.1, precision=0.5,
        support=None, support_floor=40.0))}  # fmt: skip
    assert rows["FD-Lite0"].bars == (1, 0.25)
    assert rows["KID"].bars == (1, 0), "less than nothing is no bar"
    assert rows["precision"].bars[0] == 0.5, "a share is of one"
    assert rows["support"].value == "no two alike" and rows["support"].bars == (1, 1)


def test_the_table_is_aligned_and_says_what_it_holds_for(findings, pack):
    lines = report.table(findings, pack).split("\n")
    places = {re.search(r"lower|higher|better", line).start() for line in lines[:11]}
    assert len(places) == 1 and max(map(len, lines)) <= 110
    said = "\n".join(lines)
    for words in ("80 generated, 80 real", "EfficientNet-Lite0", "128 px", "Seed: 5", pack.digest):
        assert words in said


def test_the_page_holds_everything_itself(page, findings, pack):
    soup = BeautifulSoup(page, "html.parser")
    links = [tag[name] for tag in soup.select("[src], [href]") for name in ("src", "href")
             if tag.get(name)]  # fmt: skip
    assert links and all(link.startswith("data:") for link in links)
    assert not re.search(r"url\(|@import|https?://|<script", page)
    assert soup.title.text == "a <run>, measured" and not soup.find("run")
    assert "prefers-color-scheme: dark" in page and soup.find("meta", {"name": "viewport"})
    text = soup.get_text(" ")
    for row in report.rows(findings.evaluation):
        assert row.name in text and row.value in text and row.floor in text
    for fact in report.conditions(findings, pack).values():
        assert fact in text
    assert all(picture["alt"] for picture in soup.select("img"))


def picture(tag):
    data = tag["src"].removeprefix("data:image/webp;base64,")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_the_page_shows_samples_in_their_order_and_the_pairs(page, findings, pack):
    soup = BeautifulSoup(page, "html.parser")
    samples = soup.select(".covers img")
    assert len(samples) == 64
    assert all(np.array_equal(picture(samples[i]), findings.samples[i]) for i in (0, 1, 63))
    near, twins = soup.select(".pairs")
    for figure, i, j in zip(near.select("figure"), *findings.closest[:2], strict=True):
        one, other = map(picture, figure.select("img"))
        assert np.array_equal(one, findings.samples[i]) and np.array_equal(other, pack.images[j])
    assert len(twins.select("figure")) == min(8, len(findings.twins))


def test_without_twins_it_says_so(findings, pack):
    alone = replace(findings, twins=np.empty((0, 2), int),
                    evaluation=replace(findings.evaluation, support=None))  # fmt: skip
    shown = report.contents(alone, pack, "run")
    title, words, pairs = shown["sections"][1]
    assert title == "Twins" and words.startswith("No two of 80 samples are alike") and pairs == []
    assert "no two alike" in report.page(**shown)


def test_what_was_there_stays_if_the_report_fails(findings, pack, tmp_path, monkeypatch):
    out = tmp_path / "report.html"
    out.write_text("before")

    def full(*_):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        report.write(out, findings, pack, "run")
    assert out.read_text() == "before" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["report", "report.pdf", "report.html.gz"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"end it in \.html$"):
        report.check(tmp_path / name)


def test_places_that_cannot_be_written_are_refused(tmp_path, monkeypatch):
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(ValueError, match="is a folder: give --report the name of a file"):
        report.check(tmp_path / "folder.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="file is no folder that you may write in"):
        report.check(tmp_path / "file" / "report.html")
    report.check(tmp_path / "new" / "folder" / "report.HTML")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # for root, every folder is open
    with pytest.raises(ValueError, match="is no folder that you may write in"):
        report.check(tmp_path / "new" / "report.html")
