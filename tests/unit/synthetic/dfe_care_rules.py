"""The DfE's rules for the return of looked-after children, in plain Python; see dfe_rules.py."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

from dfe_rules import ETHNICITIES, FAR, Broken, Found, Tests, codes, upn_is_valid
from world_reader import british_date, rows

Row = dict[str, str]
Return = tuple[list[Row], dict[str, list[Row]]]
"""Header rows, and the episodes of each child in the order of the file."""

WELSH = {str(code) for code in range(660, 682)}
TEMPORARY = codes("T0 T1 T2 T3 T4")
STARTS = {"England": codes("S L P T B U"), "Wales": codes("S L P B")}
NEEDS = {"England": {f"N{k}" for k in range(1, 9)}, "Wales": {f"N{k}" for k in range(1, 10)}}
STATUSES = {
    "England": codes("C1 C2 D1 E1 V2 V3 V4 L1 L2 L3 J1 J2 J3"),
    "Wales": codes("C1 C2 D1 E1 V1 V2 L1 L2 L3 J1 J2 J3 W1"),
}
SEXES = {"1": "male", "M": "male", "2": "female", "F": "female"}


def _places(country: str, year: int) -> set[str]:
    if country == "Wales":
        return codes("A3 A4 A5 A6 A8 F1 F2 F3 F4 F5 F6 H1 H21 H22 H3 H4 H5 M1 M2 M3 P1 P2 P3 R1 R2 R3 R5 S1 Z1")
    always = codes("A3 A4 A5 A6 K1 K2 P1 P3 R1 R2 R3 R5 S1 T0 T1 T2 T3 T4 U1 U2 U3 U4 U5 U6")
    others = codes("Z1") if year < 2026 else codes("Z11 Z12 Z13 Z14")
    return always | others | (codes("K3") if year >= 2025 else codes("H5 P2"))


def _ends(country: str, year: int) -> set[str]:
    if country == "Wales":
        return codes("X1 E1 E10 E11 E12 E2 E3 E4 E43 E44 E5 E6 E7 E8 E9")
    always = codes("X1 E11 E12 E13 E14 E15 E16 E17 E2 E3 E41 E4A E4B E5 E6 E7 E8 E9")
    return always | (codes("E45 E46 E47 E48") if year >= 2019 else codes("E43 E44"))


def check_care(world: Path) -> Broken:
    """Return what breaks the rules of the return for looked-after children, over all files."""
    broken: Broken = defaultdict(set)
    returns: dict[tuple[str, int], Return] = {}
    for path in sorted(world.glob("authorities/*/ssda903/*/episodes.csv")):
        episodes: dict[str, list[Row]] = defaultdict(list)
        for row in rows(path):
            episodes[row["CHILD"]].append(row)
        returns[path.parts[-4], int(path.parts[-2])] = rows(path.parent / "header.csv"), episodes
    for (la_code, year), own in returns.items():
        before = returns.get((la_code, year - 1))
        for record, tests in [*_of_headers(la_code, year, own, before), *_of_return(la_code, year, own, before)]:
            for rule, fails in tests.items():
                broken[rule].update({(record, year)} if fails else ())
    return broken


def _plain(text: str) -> str | None:
    """Return a code as the lists write it; marks for "no code" are none."""
    code = text.replace(" ", "").upper()
    return None if code in ("", "NA", "&") else code


def _age(born: date | None, day: date | None) -> int:
    """Return completed years; very old where a date is not known, so that no child counts as too young."""
    if born is None or day is None:
        return 99
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _of_headers(la_code: str, year: int, own: Return, before: Return | None) -> Found:
    header, _ = own
    is_welsh = la_code in WELSH
    letters, digits = {"M", "F"} | (set() if is_welsh else {"U"}), {"1", "2"}
    sexes = (letters | (digits if is_welsh else set())) if year >= 2025 else digits
    ids, upns = Counter(row["CHILD"] for row in header), Counter(row["UPN"] for row in header)
    old = {row["CHILD"]: row for row in before[0]} if before else {}
    for row in header:
        born, last = british_date(row["DOB"]), old.get(row["CHILD"], row)
        ethnicities = _plain(row["ETHNIC"]), _plain(last["ETHNIC"])
        whole = len(row["UPN"]) == 13 and row["UPN"][1:].isdigit()
        yield (
            f"{la_code}:{row['CHILD']}",
            {
                "101": row["SEX"] not in sexes,
                "103": row["ETHNIC"] not in ETHNICITIES,
                "168": whole and not upn_is_valid(row["UPN"]),
                "202": SEXES.get(row["SEX"]) != SEXES.get(last["SEX"]),
                "203": row["DOB"] != last["DOB"],
                "204": None not in ethnicities and ethnicities[0] != ethnicities[1],
                "301": born is not None and born > date(year, 3, 31),
                "351": born is not None and _age(born, date(year - 1, 4, 1)) > 25,
                "444": year >= 2026 and whole and upns[row["UPN"]] > 1,
                "INT32": ids[row["CHILD"]] > 1,
            },
        )


def _of_return(la_code: str, year: int, own: Return, before: Return | None) -> Found:
    header, episodes = own
    born = {row["CHILD"]: british_date(row["DOB"]) for row in header}
    for child, found in episodes.items():
        for row in found:
            yield _key(la_code, row), _episode(row, la_code, year, born.get(child)) | {"INT03": child not in born}
        for earlier, later in pairwise(found):
            yield _key(la_code, earlier), _pair(earlier, later)
        yield _key(la_code, found[-1]), {"388": _plain(found[-1]["REC"]) == "X1"}
        yield _key(la_code, found[0]), _against_last_year(found[0], year, before)
    if before and episodes:
        yield from _lost(la_code, episodes, before)


def _lost(la_code: str, episodes: dict[str, list[Row]], before: Return) -> Iterator[tuple[str, Tests]]:
    for child, found in before[1].items():
        yield _key(la_code, found[-1]), {"1010": found[-1]["DEC"] == "" and child not in episodes}


def _key(la_code: str, row: Row) -> str:
    return f"{la_code}:{row['CHILD']}:{british_date(row['DECOM'])}"


def _episode(row: Row, la_code: str, year: int, born: date | None) -> Tests:
    country = "Wales" if la_code in WELSH else "England"
    start, end = british_date(row["DECOM"]), british_date(row["DEC"])
    status, place, reason, began = (_plain(row[name]) for name in ("LS", "PLACE", "REC", "RNE"))
    assert start is not None
    days = ((end or date(year, 3, 31)) - start).days
    young, left = _age(born, start), _age(born, end)
    english = country == "England"
    respite = status in ("V3", "V4") and english
    return {
        "143": row["RNE"] not in STARTS[country],
        "144": row["LS"] not in STATUSES[country],
        "145": row["CIN"] not in NEEDS[country],
        "146": row["PLACE"] not in _places(country, year),
        "148": (row["DEC"] == "") != (row["REC"] == ""),
        "149": row["REC"] != "" and row["REC"] not in _ends(country, year),
        "217": english and place in ("A3", "A5") and began not in ("S", "T", "U", None),
        "302": born is not None and start < born,
        "353": start < date(1991, 10, 14),
        "354": end is not None and end > date(year, 3, 31),
        "355": end == start,
        "356": end is not None and end < start,
        "358": status in ("J1", "J2", "J3") and young < 10,
        "361": status == "L1" and days > 3,
        "362": status == "L2" and days > 21,
        "363": status == "L3" and days > 7,
        "365": english and status == "V3" and days > 17,
        "370": place == "P2" and young < (15 if year < 2024 else 16),
        "371": place in ("H5", "K3") and young < (14 if year < 2024 else 16),
        "372": place == "R5" and young < 10,
        "373": place == "S1" and young < 4,
        "374": place == "P3" and young < 14,
        "375": place == "T1" and days > 6 * 7,
        "376": place == "T3" and days > 3 * 7,
        "378": place == "P1" and status == "V2",
        "379": place == "T4" and days > 7,
        "380": place in TEMPORARY and began == "S",
        "381": place in TEMPORARY and reason not in ("X1", None),
        "382": respite and place in TEMPORARY,
        "384": respite and place in ("U1", "U4"),
        "387": reason in ("E5", "E6") and left < 14,
        "389": reason == "E7" and left < 16,
        "390": reason in ("E11", "E12") and not (place or "").startswith("A"),
        "408": place in ("A5", "A6") and status not in ("E1", None),
        "445": status == "D1" and start >= date(2005, 12, 30),
        "446": status == "E1" and start < date(2005, 12, 30),
        "460": reason == "E17" and left < 18,
        "516": english and year >= 2019 and reason in ("E45", "E46") and not (place or "").startswith("U"),
    }


def _pair(before: Row, after: Row) -> Tests:
    """Rules on two episodes of a child that follow each other in the file; they are told of the first."""
    if before == after:
        return {"duplicate": True}
    start, end = british_date(after["DECOM"]), british_date(before["DEC"])
    began, reason = _plain(after["RNE"]), _plain(before["REC"])
    old, new = (tuple(_plain(row[name]) for name in ("LS", "PLACE", "CIN")) for row in (before, after))
    same = [one == other for one, other in zip(old, new, strict=True)]
    differs = [None not in pair and pair[0] != pair[1] for pair in zip(old, new, strict=True)]
    assert start is not None
    return {
        "duplicate": False,
        "142": end is None,
        "199": reason in ("E11", "E12"),
        "336": new[1] in ("A3", "A5") and (old[1] or "")[:1] not in ("U", "A"),
        "431": began == "S" and start == end,
        "432": reason not in ("X1", None) and began != "S",
        "433": reason == "X1" and end is not None and start != end,
        "434": began == "L" and (same[0] or differs[1]),
        "435": began in ("P", "T") and differs[0],
        "436": began in ("B", "U") and same[0],
        "501": start < (end or FAR) and end is not None,
        "504": began != "S" and differs[2],
    }


def _against_last_year(first: Row, year: int, before: Return | None) -> Tests:
    start = british_date(first["DECOM"])
    assert start is not None
    old = before[1].get(first["CHILD"], []) if before else []
    from_before = start < date(year - 1, 4, 1)
    was_open = bool(old) and old[-1]["DEC"] == ""
    same_episode = was_open and british_date(old[-1]["DECOM"]) == start
    names = {"503A": "RNE", "503B": "LS", "503C": "CIN", "503D": "PLACE"}
    changed = {rule: same_episode and _plain(old[-1][name]) != _plain(first[name]) for rule, name in names.items()}
    return changed | {
        "502": was_open and not same_episode,
        "562": from_before and bool(old) and not was_open,
        "NoE": from_before and not old and before is not None and bool(before[1]),
    }
