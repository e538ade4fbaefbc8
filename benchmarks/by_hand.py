"""The study as an analyst would write it by hand: one script of pandas, lxml, Splink, statsmodels and lifelines.

What `benchmarks/whole_run.py` measures the software against. It reads the simulated English returns, links infants to
children with Splink's own comparisons, finds T1, T2, involvement and the four outcomes, counts Table 1, fits the
primary models (logistic for O1 and O2, Cox for O3 and O4, errors clustered on the mother, covariates imputed by chained
equations) and Aalen-Johansen curves, hides counts below ten, and writes tables and a figure. It is written with care
for speed where pandas offers it (merges and groups, no loop over dyads), and with none of the rules that records of
real families need: broken rows, corrections in later returns, moves of authority, legal statuses, the lookback.

Prints the seconds of each part, and dyads and events, which differ a little from the study's for those rules.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

YEAR = pd.Timedelta(days=365)
OPEN = pd.Timestamp("2099-12-31")
FACTORS = ("deprivation", "childhood_trauma", "domestic_abuse", "prior_admission", "is_single")
GROUPS = {
    "schizophrenia": r"F2[0-9]",
    "bipolar": r"F3[01]",
    "puerperal": r"F531",
    "anxiety": r"F4",
    "personality": r"F6[01]",
    "substance": r"F1",
}


def read_census(folder: Path) -> dict[str, pd.DataFrame]:
    """Referrals, plans and enquiries of all authorities and years, the last return's word for each."""
    from lxml import etree  # noqa: PLC0415

    referrals, plans, enquiries = [], [], []
    for path in sorted(folder.glob("authorities/*/cin/*.xml")):
        authority = path.parts[-3]
        for _, child in etree.iterparse(str(path), tag="Child"):
            key = f"{authority}:{child.findtext('ChildIdentifiers/LAchildID')}"
            for details in child.iter("CINdetails"):
                referrals.append((key, details.findtext("CINreferralDate"), details.findtext("CINclosureDate")))
                plans += [
                    (key, plan.findtext("CPPstartDate"), plan.findtext("CPPendDate"))
                    for plan in details.iter("ChildProtectionPlans")
                ]
                enquiries += [(key, s47.findtext("S47ActualStartDate"), None) for s47 in details.iter("Section47")]
            child.clear()
    return {
        name: intervals(pd.DataFrame(rows, columns=["child", "start", "end"]))
        for name, rows in (("referral", referrals), ("plan", plans), ("enquiry", enquiries))
    }


def intervals(frame: pd.DataFrame, day_first: bool = False) -> pd.DataFrame:
    """Dates read, one row per child and start: the last return's."""
    for name in ("start", "end"):
        frame[name] = pd.to_datetime(frame[name], dayfirst=day_first, errors="coerce")
    return frame.dropna(subset=["start"]).drop_duplicates(["child", "start"], keep="last")


def read_care(folder: Path) -> pd.DataFrame:
    """Episodes of looked-after children away from their parents."""
    frames = []
    for path in sorted(folder.glob("authorities/*/ssda903/*/episodes.csv")):
        episodes = pd.read_csv(path, dtype=str)
        episodes["child"] = path.parts[-4] + ":" + episodes["CHILD"]
        frames.append(episodes)
    care = pd.concat(frames).rename(columns={"DECOM": "start", "DEC": "end"})
    care = care[~care["LS"].isin(["V3", "V4"])]
    care["is_apart"] = ~care["PLACE"].isin(["P1", "R3"])
    return intervals(care[["child", "start", "end", "is_apart"]].copy(), day_first=True)


def mhsds(folder: Path, table: str) -> pd.DataFrame:
    """A table of the mental health extract."""
    return pd.read_csv(folder / f"nhs/mhsds/{table}.csv", dtype=str)


def link(folder: Path) -> pd.DataFrame:
    """Infants and the child of the authorities that Splink links each to."""
    import duckdb  # noqa: PLC0415
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    births = pd.read_csv(folder / "nhs/msds/MSD401BabyDemographics.csv", dtype=str)
    infants = pd.read_csv(folder / "nhs/identifiers.csv", dtype=str)
    infants = infants[infants["Person_ID"].isin(births["Person_ID_Baby"])]
    infants = infants.rename(columns={"Person_ID": "unique_id", "GivenName": "forename", "FamilyName": "surname"})
    known = []
    for path in sorted(folder.glob("authorities/*/identifiers.csv")):
        people = pd.read_csv(path, dtype=str)
        people["unique_id"] = path.parts[-2] + ":" + people["LAchildID"]
        known.append(people)
    children = pd.concat(known).rename(columns={"Forename": "forename", "Surname": "surname"})
    columns = ["unique_id", "NHSNumber", "forename", "surname", "PersonBirthDate", "Sex", "Postcode"]
    connection = duckdb.connect()
    connection.register("left_frame", infants[columns].drop_duplicates("unique_id"))
    connection.register("right_frame", children[columns].drop_duplicates("unique_id"))
    for side in ("left", "right"):
        connection.execute(f"create table {side}_people as from {side}_frame")
    database = DuckDBAPI(connection=connection)
    linker = Linker(
        [
            database.register("left_people", dataset_display_name="a_left"),
            database.register("right_people", dataset_display_name="b_right"),
        ],
        SettingsCreator(
            link_type="link_only",
            comparisons=[
                cl.ExactMatch("NHSNumber"),
                cl.NameComparison("forename"),
                cl.NameComparison("surname"),
                cl.DateOfBirthComparison("PersonBirthDate", input_is_string=True),
                cl.ExactMatch("Sex"),
                cl.PostcodeComparison("Postcode"),
            ],
            blocking_rules_to_generate_predictions=[
                block_on("NHSNumber"),
                block_on("PersonBirthDate", "surname"),
                block_on("PersonBirthDate", "forename"),
                block_on("PersonBirthDate", "Postcode"),
            ],
        ),
        log_level=logging.ERROR,
    )
    linker.training.estimate_probability_two_random_records_match([block_on("NHSNumber")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("PersonBirthDate", "surname"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("NHSNumber"))
    pairs = linker.inference.predict(threshold_match_probability=0.9).as_pandas_dataframe()
    best = pairs.sort_values("match_weight", ascending=False).drop_duplicates("unique_id_l")
    best = best.drop_duplicates("unique_id_r")
    return best.rename(columns={"unique_id_l": "infant", "unique_id_r": "child"})[["infant", "child"]]


def acute_spells(folder: Path) -> pd.DataFrame:
    """Stays of mothers in hospital or under a crisis team: `mother`, `start`, `end`, `in_hospital`."""
    last = {"by": "UniqMonthID"}
    stays = mhsds(folder, "MHS501HospProvSpell").sort_values(**last).drop_duplicates("UniqHospProvSpellID", keep="last")
    stays = stays.rename(
        columns={"Person_ID": "mother", "StartDateHospProvSpell": "start", "DischDateHospProvSpell": "end"}
    )
    teams = mhsds(folder, "MHS902ServiceTeamDetails")
    crisis = set(teams.loc[teams["ServTeamTypeMH"].isin(["A02", "A03", "A04"]), "CareProfTeamLocalID"])
    referrals = mhsds(folder, "MHS102OtherServiceType")
    referrals = referrals[referrals["OtherCareProfTeamLocalID"].isin(crisis) & referrals["ReferRejectionDate"].isna()]
    requests = mhsds(folder, "MHS101Referral").sort_values(**last).drop_duplicates("UniqServReqID", keep="last")
    referrals = referrals.sort_values(**last).drop_duplicates("UniqServReqID", keep="last")
    referrals = referrals.merge(requests[["UniqServReqID", "ReferralRequestReceivedDate"]], on="UniqServReqID")
    referrals = referrals.rename(
        columns={"Person_ID": "mother", "ReferralRequestReceivedDate": "start", "ReferClosureDate": "end"}
    )
    spells = pd.concat([stays.assign(in_hospital=True), referrals.assign(in_hospital=False)])
    spells = spells[["mother", "start", "end", "in_hospital"]]
    spells["start"], spells["end"] = pd.to_datetime(spells["start"]), pd.to_datetime(spells["end"]).fillna(OPEN)
    return spells.dropna(subset=["start"])


def find_dyads(folder: Path, spells: pd.DataFrame) -> pd.DataFrame:
    """One row per dyad with T1, T2, T3."""
    births = pd.read_csv(folder / "nhs/msds/MSD401BabyDemographics.csv", dtype=str)
    births = births[births["PregOutcome"] == "01"].rename(
        columns={"Person_ID_Mother": "mother", "Person_ID_Baby": "infant", "PersonBirthDateBaby": "birth"}
    )
    births["death"] = pd.to_datetime(births["PersonDeathDateBaby"], errors="coerce")
    births["birth"] = pd.to_datetime(births["birth"])
    births = births[births["birth"].between("2020-10-01", "2023-03-31")].drop_duplicates("infant")
    pairs = births[["mother", "infant", "birth", "death"]].merge(spells, on="mother")
    pairs = pairs[pairs["start"] >= pairs["birth"]].sort_values(["infant", "start", "end"])
    latest = pairs.groupby("infant")["end"].cummax().groupby(pairs["infant"]).shift()
    is_break = (pairs["start"] - latest) > pd.Timedelta(days=3)
    episode = is_break.groupby(pairs["infant"]).cumsum()
    index = (
        pairs[episode == 0]
        .groupby("infant")
        .agg(
            mother=("mother", "first"),
            birth=("birth", "first"),
            death=("death", "first"),
            t1=("start", "min"),
            t2=("end", "max"),
        )
    )
    index = index[(index["t1"] - index["birth"] < YEAR) & (index["t2"] < OPEN)].reset_index()
    index["t3"] = index["t2"] + YEAR
    return index


def add_factors(dyads: pd.DataFrame, folder: Path, spells: pd.DataFrame) -> pd.DataFrame:
    """The covariates of the models."""
    people = mhsds(folder, "MHS001MPI").rename(columns={"Person_ID": "mother"}).sort_values("UniqMonthID")
    people["month"] = pd.to_datetime("2019-04-01") + people["UniqMonthID"].astype(int).sub(1429).map(
        lambda n: pd.DateOffset(months=n)
    )
    at_t1 = dyads[["infant", "mother", "t1"]].merge(people, on="mother")
    at_t1 = at_t1[at_t1["month"] <= at_t1["t1"]].drop_duplicates("infant", keep="last")
    areas = pd.read_csv(folder / "reference/deprivation.csv", dtype={"lsoa": str})
    at_t1 = at_t1.merge(areas[["lsoa", "quintile"]], left_on="LSOA2021", right_on="lsoa", how="left")
    at_t1["deprivation"] = 6 - at_t1["quintile"]
    at_t1["is_single"] = at_t1["MaritalStatus"].map(
        lambda m: np.nan if m in (None, "", "9", "8") or pd.isna(m) else float(m not in ("M", "P"))
    )
    dyads = dyads.merge(at_t1[["infant", "deprivation", "is_single"]], on="infant", how="left")
    first = mhsds(folder, "MHS604PrimDiag").rename(columns={"PrimDiag": "code"})
    second = mhsds(folder, "MHS605SecDiag").rename(columns={"SecDiag": "code"})
    coded = pd.concat([first.assign(is_first=True), second.assign(is_first=False)]).rename(
        columns={"Person_ID": "mother"}
    )
    coded["code"] = coded["code"].str.replace(".", "", regex=False)
    coded["day"] = pd.to_datetime(coded["CodedDiagTimestamp"], errors="coerce").dt.normalize()
    known = dyads[["infant", "mother", "t1"]].merge(coded, on="mother")
    known = known[known["day"] <= known["t1"]]
    for name, codes in (("childhood_trauma", "Z6(?:14|15|16|1|2)"), ("domestic_abuse", "T741|T743|Y070|Z630")):
        with_code = set(known.loc[known["code"].str.match(codes, na=False), "infant"])
        dyads[name] = dyads["infant"].isin(with_code).astype(float)
    latest = (
        known[known["is_first"]].sort_values("day").drop_duplicates("infant", keep="last").set_index("infant")["code"]
    )
    code = dyads["infant"].map(latest)
    dyads["group"] = "depression"
    for name, codes in GROUPS.items():
        dyads.loc[code.str.match(codes, na=False), "group"] = name
    dyads.loc[code.isna(), "group"] = None
    earlier = dyads[["infant", "mother", "t1", "birth"]].merge(spells[spells["in_hospital"]], on="mother")
    is_earlier = (earlier["start"] < earlier["birth"]) & (earlier["start"] >= earlier["t1"] - pd.Timedelta(days=1826))
    dyads["prior_admission"] = dyads["infant"].isin(set(earlier.loc[is_earlier, "infant"])).astype(float)
    return dyads


def add_outcomes(
    dyads: pd.DataFrame, links: pd.DataFrame, census: dict[str, pd.DataFrame], care: pd.DataFrame
) -> pd.DataFrame:
    """O1 to O4: involvement in the episode and at T3; days to a plan and to custody loss, with what ends them."""
    dyads = dyads.merge(links, on="infant", how="left")

    def of_dyads(events: pd.DataFrame) -> pd.DataFrame:
        joined = dyads[["infant", "child", "birth", "t1", "t2", "t3"]].merge(events, on="child")
        return joined.assign(end=joined["end"].fillna(OPEN))

    enquiry = census["enquiry"].assign(end=census["enquiry"]["start"] + pd.Timedelta(days=21))
    all_events = of_dyads(pd.concat([census["referral"], census["plan"], enquiry, care[["child", "start", "end"]]]))
    at_o1 = all_events[(all_events["start"] <= all_events["t2"]) & (all_events["end"] >= all_events["t1"])]
    at_t3 = all_events[(all_events["start"] <= all_events["t3"]) & (all_events["end"] > all_events["t3"])]
    dyads["o1"] = dyads["infant"].isin(set(at_o1["infant"])).astype(float)
    dyads["o2"] = dyads["infant"].isin(set(at_t3["infant"])).astype(float)
    plans, apart = of_dyads(census["plan"]), of_dyads(care[care["is_apart"]])
    for name, events in (("plan", plans), ("loss", apart)):
        first = events[events["start"] > events["t2"]].groupby("infant")["start"].min()
        dyads[f"{name}_date"] = dyads["infant"].map(first)
        open_at_t2 = events[(events["start"] <= events["t2"]) & (events["end"] > events["t2"])]
        dyads[f"{name}_at_t2"] = dyads["infant"].isin(set(open_at_t2["infant"]))
    for outcome, date, others in (("o3", "plan_date", ["loss_date", "death"]), ("o4", "loss_date", ["death"])):
        end = dyads[[date, *others, "t3"]].min(axis=1)
        dyads[f"{outcome}_days"] = (end - dyads["t2"]).dt.days.clip(lower=1)
        event = np.where(dyads[date] == end, 1, 0)
        for code, other in enumerate(others, start=2):
            event = np.where((event == 0) & (dyads[other] == end), code, event)
        dyads[f"{outcome}_event"] = event
    return dyads


def count(dyads: pd.DataFrame) -> pd.DataFrame:
    """Table 1 by involvement in the episode, counts below ten hidden."""
    rows = []
    for name in (*FACTORS, "group"):
        table = dyads.groupby([name, "o1"], dropna=False, observed=True).size().unstack("o1", fill_value=0)
        table = table.where(table >= 10)
        rows.append(table.assign(variable=name).reset_index(names="level"))
    return pd.concat(rows)


def fit(dyads: pd.DataFrame, imputations: int) -> dict[str, pd.DataFrame]:
    """The primary models: complete cases, and pooled over imputed data sets."""
    import statsmodels.api as sm  # noqa: PLC0415
    from lifelines import CoxPHFitter  # noqa: PLC0415
    from statsmodels.imputation.mice import MICEData  # noqa: PLC0415

    kinds = pd.get_dummies(dyads["group"], dtype=float).drop(columns="depression")
    kinds[dyads["group"].isna()] = np.nan
    matrix = pd.concat([dyads[list(FACTORS)], kinds], axis=1)
    mother = pd.Series(pd.factorize(dyads["mother"])[0], index=dyads.index)
    custody = ~dyads["loss_at_t2"]
    at_risk = {"o1": dyads["o1"] >= 0, "o2": dyads["o2"] >= 0, "o3": custody & ~dyads["plan_at_t2"], "o4": custody}

    def one(outcome: str, terms: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        rows = at_risk[outcome].to_numpy() & terms.notna().all(axis=1).to_numpy()
        if outcome in {"o1", "o2"}:
            model = sm.Logit(dyads[outcome][rows], sm.add_constant(terms[rows]))
            done = model.fit(disp=False, cov_type="cluster", cov_kwds={"groups": mother[rows]})
            return done.params.to_numpy()[1:], done.bse.to_numpy()[1:]
        frame = terms[rows].assign(
            days=dyads[f"{outcome}_days"][rows], event=dyads[f"{outcome}_event"][rows] == 1, mother=mother[rows]
        )
        fitted = CoxPHFitter().fit(frame, "days", "event", cluster_col="mother")
        return fitted.params_.to_numpy(), fitted.standard_errors_.to_numpy()

    results = {}
    for outcome in at_risk:
        log_ratio, error = one(outcome, matrix)
        complete = pd.DataFrame({"term": matrix.columns, "estimate": log_ratio, "std_error": error})
        event = dyads[outcome] if outcome in {"o1", "o2"} else (dyads[f"{outcome}_event"] == 1).astype(float)
        data = MICEData(matrix.assign(event=event).reset_index(drop=True))
        fits = []
        for _ in range(imputations):
            data.update_all(5)
            fits.append(one(outcome, data.data[matrix.columns].set_index(dyads.index)))
        values, errors = np.array([f[0] for f in fits]), np.array([f[1] for f in fits])
        variance = (errors**2).mean(axis=0) + (1 + 1 / imputations) * values.var(axis=0, ddof=1)
        results[outcome] = complete.assign(pooled=values.mean(axis=0), pooled_error=np.sqrt(variance))
    return results


def curves(dyads: pd.DataFrame, out: Path) -> None:
    """Cumulative incidence of O3 and O4 by involvement, as tables and a figure."""
    import matplotlib as mpl  # noqa: PLC0415
    from lifelines import AalenJohansenFitter  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(1, 2, figsize=(8, 4))
    for axis, outcome in zip(axes, ("o3", "o4"), strict=True):
        for value, group in dyads[~dyads["loss_at_t2"]].groupby("o1"):
            fitter = AalenJohansenFitter(calculate_variance=True, seed=1)
            fitter.fit(group[f"{outcome}_days"], group[f"{outcome}_event"], event_of_interest=1)
            fitter.cumulative_density_.to_csv(out / f"curve_{outcome}_{value:.0f}.csv")
            fitter.plot(ax=axis, label=f"involved: {value:.0f}")
    figure.savefig(out / "curves.png", dpi=150)


def main() -> None:
    """Run the study, and print the seconds of each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path, help="what `dyadlink simulate` wrote for england_returns")
    parser.add_argument("out", type=Path)
    parser.add_argument("--imputations", type=int, default=20)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")

    def part(name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        done = work()
        print(f"{name}\t{time.perf_counter() - start:.2f}", flush=True)
        return done

    world = options.world
    census = part("read", lambda: read_census(world))
    care = part("read care", lambda: read_care(world))
    links = part("link", lambda: link(world))

    def cohort() -> pd.DataFrame:
        spells = acute_spells(world)
        return add_outcomes(add_factors(find_dyads(world, spells), world, spells), links, census, care)

    dyads = part("cohort", cohort)
    part("count", lambda: count(dyads).to_csv(options.out / "table_1.csv", index=False))
    models = part("models", lambda: fit(dyads, options.imputations))
    for name, table in models.items():
        table.to_csv(options.out / f"{name}.csv", index=False)
    part("curves", lambda: curves(dyads, options.out))
    told = {name: int((dyads[f"{name}_event"] == 1).sum()) for name in ("o3", "o4")}
    told |= {name: int(dyads[name].sum()) for name in ("o1", "o2")}
    print(f"dyads\t{len(dyads)}\t{told}", file=sys.stderr)


if __name__ == "__main__":
    main()
