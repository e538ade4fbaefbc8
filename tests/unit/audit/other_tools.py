"""Folders without a leak in the shapes that other tools write: their columns and words, a small study's numbers."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import matplotlib as mpl
from clean_folder import cells, percent, write_csv
from office_files import write_docx, write_xlsx

from dyadlink.profiles import PROFILES, Profile

mpl.use("Agg")
from matplotlib import pyplot as plt

ALL_TYPES = ("csv", "tsv", "xlsx", "docx", "html", "md", "json", "png", "svg", "pdf", "txt", "log", "tex", "rtf")
GROUPS = ("all", "yes", "no")
DASH = "\N{EN DASH}"


def with_all_types(name: str) -> Profile:
    """The profile, with every type of file that the tools write let out."""
    return PROFILES[name].model_copy(update={"file_types": ALL_TYPES})


def opensafely_measures(folder: Path, profile: Profile) -> None:
    """ehrQL: one row for each measure, interval and group; small numbers are zeros, the ratio is of what is shown."""
    rows = []
    for month, sex in product(range(1, 7), ("female", "male")):
        interval = (f"2021-{month:02}-01", f"2021-{month:02}-28")
        whole, part = profile.round_count(1500 + 37 * month), 0 if month == 4 else profile.round_count(60 + 11 * month)
        rows.append(("loss_by_sex", *interval, part / whole, part, whole, sex))
    header = ["measure", "interval_start", "interval_end", "ratio", "numerator", "denominator", "sex"]
    write_csv(folder / "output/measures.csv", header, rows)


def acro(folder: Path, profile: Profile) -> None:
    """ACRO: a CSV for each output, results.json with what was hidden, config.json, and a checksum for each file."""
    shown = {"great_pret": (1441, 862, None), "pretentious": (1433, 1484, 133), "usual": (1441, 1922, None)}
    levels, r = ("not_recom", "priority", "recommend"), profile.round_count
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(
        folder / "output_0_0.csv",
        ["recommend", *shown],
        [(level, *(r(n) if (n := column[i]) else None for column in shown.values())) for i, level in enumerate(levels)],
    )
    means = [("not_recom", 3.1006944444444446, 3.1326388888888888), ("recommend", None, None)]
    write_csv(folder / "output_1_0.csv", ["recommendation", "great_pret", "usual"], means)
    none = {"negative": [], "missing": [], "p-ratio": [], "nk-rule": [], "all-values-are-same": []}
    results = {
        f"output_{i}": {
            "uid": f"output_{i}",
            "status": "review",
            "type": "table",
            "properties": {"method": "crosstab"},
            "files": [
                {
                    "name": f"output_{i}_0.csv",
                    "sdc": {
                        "summary": {"suppressed": True, **dict.fromkeys(none, 0), "threshold": 2},
                        "cells": {**none, "threshold": [[2, 0], [2, 2]]},
                    },
                }
            ],
            "outcome": {name: {"not_recom": "ok", "priority": "ok", "recommend": "threshold; "} for name in shown},
            "command": "safe_table = acro.crosstab(df.recommend, df.parents)",
            "summary": "review; threshold: 2 cells suppressed; ",
            "timestamp": "2026-06-30T15:19:49.603861",
            "comments": ["Please let me have this table"],
            "exception": "Suppression automatically applied where needed",
        }
        for i in (0, 1)
    }
    config = {"safe_threshold": 10, "safe_dof_threshold": 10, "safe_nk_n": 2, "safe_nk_k": 0.9, "safe_pratio_p": 0.1}
    config |= {"check_missing_values": False, "survival_safe_threshold": 10, "zeros_are_disclosive": True}
    (folder / "results.json").write_text(json.dumps({"version": "1.0.2", "results": results}, indent=4))
    (folder / "config.json").write_text(json.dumps(config, indent=4))
    (folder / "checksums").mkdir()
    for path in sorted(folder.glob("*.csv")):
        (folder / f"checksums/{path.name}.txt").write_text(hashlib.sha256(path.read_bytes()).hexdigest())


def _summary_table(profile: Profile, people: int = 2003) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table as gtsummary writes it: numbers with percentages, variables on lines of their own."""
    shown = cells(people, profile)
    header = ["Characteristic"]
    for group, name in zip(GROUPS, ("Overall", "Lost", "Kept"), strict=True):
        header.append(f"{name}, N = {shown['total', 'total', group]:,}")
    rows = []
    for variable in ("sex", "ethnicity"):
        rows.append([variable.title(), "", "", ""])
        for level in dict.fromkeys(key[1] for key in shown if key[0] == variable):
            row = [level]
            for group in GROUPS:
                n, total = shown[variable, level, group], shown["total", "total", group]
                row.append(f"{n:,} ({percent(n, total)}%)" if isinstance(n, int) else "—")
            rows.append(row)
    rows.append(["Age, median (IQR)", "29 (25, 34)", "28 (24, 33)", "30 (26, 34)"])
    return header, rows


def gtsummary_csv(folder: Path, profile: Profile) -> None:
    write_csv(folder / "table1.csv", *_summary_table(profile))


def gtsummary_html(folder: Path, profile: Profile) -> None:
    header, rows = _summary_table(profile)
    head = "".join(f'<th scope="col"><strong>{html.escape(cell)}</strong></th>' for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    foot = '<tfoot><tr><td colspan="4"><sup>1</sup> n (%); Median (IQR)</td></tr></tfoot>'
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>"
    page = f"<!DOCTYPE html><html><head><style>td {{width: 3em}}</style></head><body>{table}</body></html>"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table1.html").write_text(page, encoding="utf-8")


def gtsummary_docx(folder: Path, profile: Profile) -> None:
    header, rows = _summary_table(profile)
    folder.mkdir(parents=True, exist_ok=True)
    write_docx(folder / "table1.docx", ["Table 1. Mothers and infants"], table=[header, *rows])


def workbook(folder: Path, profile: Profile) -> None:
    """A workbook as a department publishes it: title, notes, then the table; [c] for what is hidden."""
    shown = cells(2003, profile)
    title = "Table 1: Infants by ethnic group and custody, England, 2021 to 2023"
    rows: list[list[object]] = [
        [title],
        ["This worksheet contains one table."],
        ["Ethnic group", "Lost", "Kept", "All"],
    ]
    for level in ("white", "black", "other"):
        told = (shown["ethnicity", level, group] for group in ("yes", "no", "all"))
        rows.append([level.title(), *(n if isinstance(n, int) else "[c]" for n in told)])
    rows.append(["Total", *(shown["total", "total", group] for group in ("yes", "no", "all"))])
    rows.append(["[c] confidential: a small number, or one that would tell a small number"])
    folder.mkdir(parents=True, exist_ok=True)
    write_xlsx(
        folder / "tables.xlsx",
        {"Cover": [["Custody after birth"], ["Published with rounded numbers."]], "Table_1": rows},
    )


def latex(folder: Path, profile: Profile) -> None:
    """xtable, stargazer or kable: a tabular with bold heads and rules."""
    header, rows = _summary_table(profile)
    escaped = [" & ".join(cell.replace("%", "\\%").replace("—", "--") for cell in row) for row in [header, *rows]]
    lines = ["\\begin{table}", "\\caption{Characteristics}", "\\begin{tabular}{lrrr}", "\\toprule"]
    lines += [f"{line} \\\\" for line in escaped] + ["\\bottomrule", "\\end{tabular}", "\\end{table}"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table1.tex").write_text("\n".join(lines), encoding="utf-8")


def stata_log(folder: Path, profile: Profile) -> None:
    """A log with a tabulation of rounded numbers and a regression."""
    whole, parts = profile.round_count(2003), (("never", 1402), ("former", 401), ("current", 200))
    lines = [
        "      name:  <unnamed>",
        "  log type:  text",
        " opened on:   1 Jan 2026, 10:00:00",
        "",
        ". tabulate smoking",
        "",
    ]
    lines += ["    smoking |      Freq.     Percent        Cum.", "-" * 12 + "+" + "-" * 35]
    running = 0.0
    for level, exact in parts:
        n = profile.round_count(exact)
        running += 100 * n / whole
        lines.append(f"{level:>11} |{n:>11}{100 * n / whole:>12.2f}{running:>12.2f}")
    lines += ["-" * 12 + "+" + "-" * 35, f"      Total |{whole:>11}      100.00", "", ". logit lost i.smoking", ""]
    lines += [f"Logistic regression                         Number of obs = {whole:,}", "", "-" * 78]
    lines += [
        "        lost | Coefficient  Std. err.      z    P>|z|     [95% conf. interval]",
        "-" * 13 + "+" + "-" * 64,
    ]
    lines += ["     former  |    .312045   .1240881     2.51   0.012     .0688368    .5552532"]
    lines += [
        "       _cons |   -1.20397   .0582223   -20.68   0.000    -1.318084   -1.089857",
        "-" * 78,
        "",
        ". log close",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "analysis.log").write_text("\n".join(lines), encoding="utf-8")


def broom(folder: Path, profile: Profile) -> None:
    """Models of R as tables: coefficients, and one line of fit for each."""
    terms = [
        ("(Intercept)", -1.204, 0.058, -20.7, 0.0),
        ("age", 0.031, 0.012, 2.5, 0.012),
        ("imd", 0.128, 0.04, 3.2, 0.001),
    ]
    rows = [(*term, term[1] - 1.96 * term[2], term[1] + 1.96 * term[2]) for term in terms]
    write_csv(
        folder / "tidy.csv", ["term", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high"], rows
    )
    n = profile.round_count(2003)
    write_csv(
        folder / "glance.csv",
        ["model", "AIC", "BIC", "logLik", "df.residual", "nobs"],
        [("lost", 2310.2, 2327.0, -1152.1, n - 10, n)],
    )


def pandas_crosstab(folder: Path, profile: Profile) -> None:
    """A cross table with margins, and the same as rows of JSON."""
    r = profile.round_count
    rows = [("England", r(701), r(902), r(1603)), ("Wales", r(181), r(222), r(403)), ("All", r(882), r(1124), r(2006))]
    write_csv(folder / "crosstab.csv", ["country", "lost", "kept", "All"], rows)
    long = [{"country": c, "lost": n, "kept": m} for c, n, m, _ in rows[:2]]
    (folder / "crosstab.json").write_text(json.dumps(long), encoding="utf-8")


def markdown_report(folder: Path, profile: Profile) -> None:
    """A note of a researcher: words, rounded numbers, a table."""
    n, part = profile.round_count(2003), profile.round_count(501)
    text = (
        f"# Results\n\nWe followed {n:,} dyads for 365 days. "
        f"Counts of fewer than {profile.threshold} dyads are hidden.\n\n"
        "| Outcome | Dyads | % |\n|:--|--:|--:|\n"
        f"| Custody lost | {part} | {100 * part / n:.1f} |\n| All | {n} | 100.0 |\n\n"
        "Twins are two dyads. Models: logistic regression, version 0.14.2; seed 7.\n"
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(text, encoding="utf-8")


def figures(folder: Path, _: Profile) -> None:
    """A curve of few times as matplotlib writes it, with its own properties."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn, axes = plt.subplots()
    axes.step([0, 90, 180, 365], [0.0, 0.1, 0.18, 0.24], where="post", label="Custody lost")
    axes.set_xlabel("Days since discharge")
    axes.set_title("Cumulative incidence")
    axes.legend()
    for ending in ("png", "svg", "pdf"):
        drawn.savefig(folder / f"curve.{ending}")
    plt.close(drawn)
    write_csv(folder / "curve.csv", ["time_days", "estimate"], [(0, 0.0), (90, 0.1), (180, 0.18), (365, 0.24)])


def chart_page(folder: Path, profile: Profile) -> None:
    """A page with a chart whose rounded data stand in its script."""
    data = [{"smoking": "never", "n": profile.round_count(1402)}, {"smoking": "current", "n": profile.round_count(201)}]
    spec = {"mark": "bar", "width": 300, "height": 7, "data": {"values": data}, "encoding": {"x": {"field": "smoking"}}}
    folder.mkdir(parents=True, exist_ok=True)
    page = (
        f"<html><body><div id='vis'></div><script>vegaEmbed('#vis', {json.dumps(spec)}, {{}});</script></body></html>"
    )
    (folder / "chart.html").write_text(page, encoding="utf-8")


def survival_of_r(folder: Path, profile: Profile) -> None:
    """Summary of a fitted curve at few times, and its numbers at risk."""
    rounding = profile.for_survival()
    rows = [
        (day, rounding.round_count(2003 - 301 * i), rounding.round_count(241 * i), round(1 - 0.1 * i, 2))
        for i, day in enumerate((0, 90, 180, 365))
    ]
    write_csv(
        folder / "survfit.csv", ["time", "n.risk", "n.event", "surv"], [(t, n, e or None, s) for t, n, e, s in rows]
    )


def long_table(rows: Sequence[tuple[str, str]]) -> str:
    """LaTeX for a table of many pages: its header twice, and above the levels a line with the variable's name."""
    head = "\\toprule Characteristic & Dyads \\\\ \\midrule"
    lines = ["\\begin{longtable}{lr}", "\\caption{Who they are, by habit}\\label{tab:1} \\\\"]
    lines += [f"{head} \\endfirsthead", f"{head} \\endhead", "\\bottomrule \\endlastfoot"]
    lines += ["\\multicolumn{2}{l}{\\textbf{Smoking}} \\\\*", *(f"{' & '.join(row)} \\\\" for row in rows)]
    lines += ["\\end{longtable}", "\\noindent -- Not shown: fewer than 10, or hidden to protect another, or both."]
    return "\n".join(lines)


def report_of_a_study(folder: Path, profile: Profile) -> None:
    """A matrix whose last levels are wholly hidden, ratios that are whole by chance, a long table, Snakemake's mark."""
    r, folder = profile.round_count, folder / "report"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".snakemake_timestamp").touch()
    matrix: list[list[object]] = [
        ["From \\ to", "All", "None", "Referral", "Plan", "Apart"],
        ["All", r(281), f"{r(231)} (82.1%)", r(41), DASH, DASH],
        ["None", r(251), r(231), r(21), DASH, DASH],
        ["Referral", r(31), DASH, r(21), DASH, DASH],
        *([level, *[DASH] * 5] for level in ("Plan", "Apart")),
    ]
    write_docx(folder / "tables.docx", ["Synthetic records: 23 of the 24 shown 95% intervals (96%)."], table=matrix)
    ratios = [["Term", "Of the odds ratio", "Of its limit", "Of the ratio of risks"], ["Age", "1.11", "1.00", "2.00"]]
    write_docx(folder / "ratios.docx", ["Panels of 14 analyses of children's care."], table=ratios)
    levels = [("\\quad Former", f"{r(401):,}"), ("\\quad Current", "--"), ("\\quad Never", f"{r(1401):,}")]
    (folder / "table-1.tex").write_text(long_table(levels), encoding="utf-8")


SHAPES: dict[str, tuple[str, Callable[[Path, Profile], None]]] = {
    "OpenSAFELY measures": ("opensafely", opensafely_measures),
    "ACRO": ("sacro", acro),
    "gtsummary, CSV": ("nhs_sde", gtsummary_csv),
    "gtsummary, HTML": ("opensafely", gtsummary_html),
    "gtsummary, Word": ("strict", gtsummary_docx),
    "workbook of a department": ("ons_csc", workbook),
    "LaTeX": ("nhs_sde", latex),
    "log of Stata": ("opensafely", stata_log),
    "models of R": ("strict", broom),
    "curve of R": ("sacro", survival_of_r),
    "cross table of pandas": ("strict", pandas_crosstab),
    "note in Markdown": ("strict", markdown_report),
    "figures of matplotlib": ("opensafely", figures),
    "page with a chart": ("sacro", chart_page),
    "report of a study": ("strict", report_of_a_study),
}

WITHOUT_COUNTS = {"figures of matplotlib"}
"""Shapes that hold no count."""
