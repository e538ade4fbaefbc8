"""The section on the links: what is shown, in words that hold, and dashes where a count is hidden."""

from __future__ import annotations

from pathlib import Path

from dyadlink.report.build import render
from dyadlink.report.linkage import TABLES, build_linkage, build_model_card
from dyadlink.report.reading import Release, read_release


def _parts(folder: Path) -> dict[str, tuple[str, ...]]:
    return {part.title: part.sentences for part in build_linkage(read_release(folder))}


def test_every_part_that_the_release_has_is_there(large_folder: Path) -> None:
    assert list(_parts(large_folder)) == [
        "",
        "Against the truth",
        "Linked and unlinked infants",
        "Links that cannot be true",
        "As reviewed by a person",
        "At other thresholds",
        "Match weights",
    ]


def test_a_small_count_of_wrong_links_gives_a_bound_and_no_number(large_folder: Path) -> None:
    (words,) = _parts(large_folder)["Against the truth"]
    # 1000 right and 4 wrong: 995 / (995 + 9), whatever the four are.
    assert "at least 99.1% (fewer than 10 links are wrong)" in words
    assert "recall) is 83.3%" in words


def test_authorities_stand_in_the_file_alone(large_folder: Path) -> None:
    release = read_release(large_folder)
    (part,) = [part for part in build_linkage(release) if part.title == "Linked and unlinked infants"]
    headers = [row.header for row in part.tables[0].rows]
    assert "White" in headers
    assert "201" not in headers
    assert "201" in release.tables["linked_infants"]["level"]


def test_shares_and_differences_follow_from_the_counts_shown(large_folder: Path) -> None:
    (part,) = [p for p in build_linkage(read_release(large_folder)) if p.title == "Linked and unlinked infants"]
    cells = {row.header: [cell.text for cell in row.cells] for row in part.tables[0].rows if not row.is_heading}
    assert cells["All"] == ["2,000", "60%", ""]
    assert cells["White"] == ["1,400", "60%", "0.00"]


def test_hidden_estimates_of_a_review_are_dashes(large_folder: Path) -> None:
    (part,) = [p for p in build_linkage(read_release(large_folder)) if p.title == "As reviewed by a person"]
    precision, recall = part.tables[0].rows
    assert all(cell.is_hidden for cell in precision.cells[1:])
    assert [cell.text for cell in recall.cells] == ["left out", "0.9", "0.88 to 0.92"]


def test_the_model_card_tells_the_parameters_and_the_limits(large_folder: Path) -> None:
    card = build_model_card(read_release(large_folder))
    assert card is not None
    assert any(words.startswith("Limits:") for words in card.sentences)
    assert "learnt from the records of this study" in card.sentences[0]
    assert [cell.text for cell in card.tables[0].rows[1].cells] == ["same", "0.9", "0.01", "6.5"]


def test_the_model_card_tells_of_a_model_that_was_handed_over(large_folder: Path) -> None:
    release = read_release(large_folder)
    settings = {"linkage": {"model": "model.json"}}
    card = build_model_card(Release({**release.manifest, "settings": settings}, release.tables, release.downloads))
    assert card is not None
    assert "learnt by an earlier linkage" in card.sentences[0]


def test_a_release_without_links_has_no_section_and_no_card(small_release: Release) -> None:
    bare = Release(
        small_release.manifest,
        {name: table for name, table in small_release.tables.items() if name not in TABLES},
        small_release.downloads,
    )
    assert build_linkage(bare) == []
    assert build_model_card(bare) is None
    assert "The release has no table of links." in render(bare)


def test_a_small_study_is_drawn_without_a_small_number(small_folder: Path) -> None:
    page = render(read_release(small_folder))
    assert "Model card of the linkage" in page
    assert "Linked and unlinked infants" in page
