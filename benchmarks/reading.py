"""What loading a source costs beside the bare work on the same file: `make bench-reading`.

    CSV, Parquet    DuckDB's scan of the file, written out as Parquet
    XML             a pass of lxml's iterparse that frees each child and keeps nothing

Both are measured in one run, side by side and several times over, each in a process of its own; the ratio is that of
the best times, and beside it that of the best times of the processor, which other work on the machine disturbs less.
Memory is what a process takes at most beyond its start.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from dyadlink.config import Csv, Resources
from dyadlink.sources.catalogue import SourceFile
from dyadlink.sources.cin_census import read_cin_census
from dyadlink.sources.column_forms import form_errors
from dyadlink.sources.csv_files import load_csv
from dyadlink.sources.layout import Table, load_layout
from dyadlink.sources.parquet_files import load_parquet
from dyadlink.sources.store import Store
from dyadlink.sources.target import Target
from dyadlink.sources.xml_files import load_xml
from dyadlink.sql import connect
from dyadlink.storage import working_folder

TARGETS = {"CSV": 1.5, "Parquet": 1.5, "XML": 2.5}
RESOURCES = Resources(threads=2)
LAYOUT = load_layout("england_returns")
EVENTS = LAYOUT.table("mhs101referral")
CENSUS = tuple(table for table in LAYOUT.tables if table.xml and table.xml.reader == "cin_census")

HEADER = """<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2022</Year></CollectionDetails>
<Source><SourceLevel>L</SourceLevel><LEA>301</LEA></Source></Header><Children>
"""
CHILD = """    <Child>
      <ChildIdentifiers>
        <LAchildID>A{n}</LAchildID><UPNunknown>UN1</UPNunknown>
        <PersonBirthDate>{birth}</PersonBirthDate>
        <GenderCurrent>2</GenderCurrent>
      </ChildIdentifiers>
      <ChildCharacteristics>
        <Ethnicity>WBRI</Ethnicity>
        <Disabilities><Disability>NONE</Disability></Disabilities>
      </ChildCharacteristics>
      <CINdetails>
        <CINreferralDate>{birth}</CINreferralDate>
        <ReferralSource>1A</ReferralSource>
        <PrimaryNeedCode>N1</PrimaryNeedCode>
        <CINclosureDate>2022-03-01</CINclosureDate>
        <ReasonForClosure>RC8</ReasonForClosure>
        <ReferralNFA>0</ReferralNFA>
        <Assessments>
          <AssessmentActualStartDate>{birth}</AssessmentActualStartDate>
          <AssessmentInternalReviewDate>2022-01-22</AssessmentInternalReviewDate>
          <AssessmentAuthorisationDate>2022-02-02</AssessmentAuthorisationDate>
          <FactorsIdentifiedAtAssessment>
            <AssessmentFactors>4B</AssessmentFactors>
            <AssessmentFactors>3B</AssessmentFactors>
          </FactorsIdentifiedAtAssessment>
        </Assessments>
        <CINPlanDates><CINPlanStartDate>{birth}</CINPlanStartDate></CINPlanDates>
        <Section47>
          <S47ActualStartDate>{birth}</S47ActualStartDate>
          <InitialCPCtarget>2022-01-22</InitialCPCtarget>
          <DateOfInitialCPC>2022-01-15</DateOfInitialCPC>
          <ICPCnotRequired>0</ICPCnotRequired>
        </Section47>
        <ChildProtectionPlans>
          <CPPstartDate>2022-01-20</CPPstartDate>
          <InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>
          <LatestCategoryOfAbuse>NEG</LatestCategoryOfAbuse>
          <NumberOfPreviousCPP>0</NumberOfPreviousCPP>
          <Reviews><CPPreviewDate>2022-03-01</CPPreviewDate></Reviews>
        </ChildProtectionPlans>
      </CINdetails>
    </Child>
"""


def write_files(folder: Path, n_rows: int, xml_megabytes: int) -> dict[str, Path]:
    """Invented files of the given size."""
    paths = {"CSV": folder / "events.csv", "Parquet": folder / "events.parquet", "XML": folder / "census.xml"}
    connection = connect(RESOURCES)
    events = f"""
        select 'P' || (n * 7919 % 1000000) as "Person_ID", 1429 + n % 60 as "UniqMonthID",
            'RXX' || n as "UniqServReqID",
            date '2019-04-01' + (n * 31 % 1800)::integer as "ReferralRequestReceivedDate",
            case when n % 3 > 0 then date '2024-01-01' + (n % 90)::integer end as "ServDischDate",
            'A' || n % 97 as "OrgIDProv"
        from range({n_rows}) as numbers(n)
    """  # noqa: S608  # a number
    connection.execute(f"copy ({events}) to '{paths['CSV']}' (header)")
    connection.execute(f"copy (select columns(*)::varchar from ({events})) to '{paths['Parquet']}'")  # noqa: S608
    with paths["XML"].open("w", encoding="utf-8") as file:
        file.write(HEADER)
        n = 0
        while file.tell() < xml_megabytes * 1_000_000:
            n += 1
            file.write(CHILD.format(n=n, birth=f"2021-{n % 12 + 1:02d}-{n % 28 + 1:02d}"))
        file.write("</Children></Message>")
    return paths


def bare_scan(path: Path) -> None:
    """DuckDB's own reading of a file, written out."""
    options = ", all_varchar = true" if path.suffix == ".csv" else ""
    name = "read_csv" if path.suffix == ".csv" else "read_parquet"
    out = path.with_suffix(".out")
    connect(RESOURCES).execute(f"copy (from {name}('{path}'{options})) to '{out}' (format parquet)")
    out.unlink()


def bare_iterparse(path: Path) -> None:
    """A pass that keeps nothing."""
    for _, element in etree.iterparse(str(path), events=("end",), tag="Child"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _target(table: Table, store: Store) -> Target:
    return Target(store, "study", table, wildcards=(), stage="staging", local={}, values={})


def load_events(path: Path) -> None:
    """What a run does with a CSV or Parquet file."""
    with working_folder(path.parent / ".working") as folder:
        target = _target(EVENTS, Store(connect(RESOURCES, folder)))
        file = SourceFile(path, path.suffix, {})
        if path.suffix == ".csv":
            load_csv(target, [file], Csv())
        else:
            load_parquet(target, [file])
        _finish(target)


def load_census(path: Path) -> None:
    """What a run does with a census return."""
    with working_folder(path.parent / ".working") as folder:
        store = Store(connect(RESOURCES, folder))
        targets = [_target(table, store) for table in CENSUS]
        load_xml(targets, SourceFile(path, ".xml", {}), read_cin_census)
        for target in targets:
            _finish(target)


def _finish(target: Target) -> None:
    target.finish()
    for _, error in form_errors(target):
        raise error


WORK: dict[str, dict[str, Callable[[Path], None]]] = {
    "CSV": {"bare": bare_scan, "dyadlink": load_events},
    "Parquet": {"bare": bare_scan, "dyadlink": load_events},
    "XML": {"bare": bare_iterparse, "dyadlink": load_census},
}


def measure(kind: str, who: str, path: Path) -> dict[str, float]:
    """Seconds by the clock and of the processor, and megabytes, of one piece of work, in this process."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, start_cpu = time.perf_counter(), time.process_time()
    WORK[kind][who](path)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    return {
        "seconds": seconds,
        "cpu": cpu,
        "megabytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000,
    }


def measure_apart(kind: str, who: str, path: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--only", kind, who, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows of the CSV and Parquet file")
    parser.add_argument("--xml-megabytes", type=int, default=1000, help="size of the census return")
    parser.add_argument("--times", type=int, default=3, help="how often each is measured")
    parser.add_argument("--only", nargs=3, metavar=("KIND", "WHO", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        kind, who, path = options.only
        print(json.dumps(measure(kind, who, Path(path))))
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder), options.rows, options.xml_megabytes)
        times = f"{'bare s':>8} {'dyadlink s':>11} {'ratio':>6} {'target':>7} {'CPU ratio':>9}"
        print(f"{'':8} {'MB':>6} {times} {'memory MB':>10}")
        for kind, path in paths.items():
            runs = [{who: measure_apart(kind, who, path) for who in WORK[kind]} for _ in range(options.times)]
            bare, own = (min(run[who]["seconds"] for run in runs) for who in ("bare", "dyadlink"))
            bare_cpu, own_cpu = (min(run[who]["cpu"] for run in runs) for who in ("bare", "dyadlink"))
            memory = max(run["dyadlink"]["megabytes"] for run in runs)
            size = path.stat().st_size / 1e6
            ratio = f"{own / bare:6.2f} {TARGETS[kind]:7.1f} {own_cpu / bare_cpu:9.2f}"
            print(f"{kind:8} {size:6.0f} {bare:8.2f} {own:11.2f} {ratio} {memory:10.0f}", flush=True)


if __name__ == "__main__":
    main()
