"""All flaws by name: the trap of STANDARDS section 9, where each shows, and what a reader must do."""

from __future__ import annotations

from dataclasses import dataclass

from dyadlink.errors import ConfigError
from dyadlink.synthetic.flaw_parameters import LEVELS_OF_FLAWS
from dyadlink.synthetic.parameters import Parameters


@dataclass(frozen=True)
class Flaw:
    """A flaw of a record.

    `trap` is the number in STANDARDS section 9; 0 stands for the flaws of sections 1.1 to 1.5 and of
    shared/study.md that have no number there. `rules` are the rules of the DfE that the flaw breaks.
    """

    trap: int
    table: str
    able: str
    reader: str
    rules: tuple[str, ...] = ()


CIN, CARE = "CIN census", "SSDA903 episodes"
CATALOGUE = {
    "cpp_end_before_start": Flaw(
        0, f"{CIN}, ChildProtectionPlans", "plans that ended", "set the plan aside and count it", ("8925",)
    ),
    "overlapping_plans": Flaw(
        0,
        f"{CIN}, ChildProtectionPlans",
        "plans of 60 days or more, or open",
        "join overlapping plans into one spell on a plan",
        ("8935", "8940", "2885"),
    ),
    "plan_before_referral": Flaw(
        0, f"{CIN}, ChildProtectionPlans", "plans", "count it; the plan date stands", ("1105", "2885", "4001")
    ),
    "plan_changed_later": Flaw(
        5,
        f"{CIN}, ChildProtectionPlans",
        "plans in a later return than their first",
        "one plan by child and start; the latest return wins, differences counted",
    ),
    "closure_before_referral": Flaw(
        0, f"{CIN}, CINdetails", "cases closed in the year of referral", "set the closure to the referral", ("8630",)
    ),
    "death_before_plan_end": Flaw(
        15,
        f"{CIN}, PersonDeathDate",
        "living children with a plan that ended",
        "count events after a death; do not end follow-up by a date that later records contradict",
        ("8920", "8555Q", "8545Q", "4008", "4009Q"),
    ),
    "gap_after_x1": Flaw(
        8, CARE, "episodes that end with X1", "report the gap; keep the period of care or break it by rule", ("433",)
    ),
    "two_episodes_on_a_day": Flaw(
        7, CARE, "episodes", "keep both in one period of care; the longer one tells the placement", ("355", "434")
    ),
    "short_break_of_infant": Flaw(
        9, CARE, "study infants with a case after T2 and never in care", "V3 and V4 are no custody loss"
    ),
    "duplicate_child": Flaw(0, f"{CIN}, Child", "children in a return", "count once", ("8510", "1520")),
    "need_code_noise": Flaw(
        26,
        f"{CIN}, PrimaryNeedCode",
        "episodes in a return",
        "upper case, trim; unmapped is null and counted",
        ("8650",),
    ),
    "ethnicity_noise": Flaw(
        26, f"{CIN}, Ethnicity", "children in a return", "upper case, trim; `NA` and `&` are null", ("4220",)
    ),
    "ethnicity_changed": Flaw(
        0, f"{CIN}, Ethnicity", "children in a return", "take the mode, else the latest, and count"
    ),
    "sex_changed": Flaw(
        0, f"{CIN}, Sex or GenderCurrent", "born children in a return", "take the mode, else the latest, and count"
    ),
    "mixed_booleans": Flaw(
        25,
        f"{CIN}, ReferralNFA",
        "episodes in a return",
        "read 0, 1, true and false alike",
        ("8568",),
    ),
    "placeholder_birth_date": Flaw(
        27, f"{CIN}, PersonBirthDate", "born children in a return", "null; take another return's", ("8775Q",)
    ),
    "placeholder_plan_end": Flaw(
        27, f"{CIN}, CPPendDate", "plans open in a return", "null: the plan is open", ("8925",)
    ),
    "upn_check_letter": Flaw(24, f"{CIN}, UPN", "children", "keep, and do not match on it", ("1510", "168")),
    "closure_code_of_another_year": Flaw(
        13,
        f"{CIN}, ReasonForClosure",
        "cases closed before RC9 existed",
        "not in the list of the year: warn",
        ("8640",),
    ),
    "sex_code_of_another_year": Flaw(
        26, f"{CIN}, Sex", "born children in a return of 2025 or later", "map 1 and 2 as M and F, and warn", ("4180",)
    ),
    "duplicate_episode": Flaw(0, CARE, "episodes in a return", "count once", ("duplicate",)),
    "care_code_noise": Flaw(
        26,
        f"{CARE}, LS and CIN",
        "episodes in a return",
        "upper case, trim; unmapped is null and counted",
        ("144", "145", "503C", "504"),
    ),
    "care_end_code_of_another_year": Flaw(
        13,
        f"{CARE}, REC",
        "English special guardianship orders",
        "E43 and E44 after 2018 are still the order; warn",
        ("149",),
    ),
    "discharge_before_admission": Flaw(
        0,
        "MHS501HospProvSpell",
        "spells in the month of discharge",
        "set the row aside; the other months of the spell stand",
    ),
    "bed_class_of_another_version": Flaw(
        19, "MHS502WardStay", "ward stays in a month", "invalid in the month: warn, map across versions"
    ),
    "duplicate_row": Flaw(0, "MHS101, MHS501, MHS502 and MHS001MPI", "rows", "count once"),
    "patient_code_noise": Flaw(
        26, "MHS001MPI, EthnicCategory and MaritalStatus", "rows", "upper case, trim; `NA` and `&` are null"
    ),
    "death_before_later_months": Flaw(
        15,
        "MHS001MPI, PersDeathDate",
        "living women with records in later months",
        "a death that later submissions withdraw is none",
    ),
}


def at_level(p: Parameters, level: str | None) -> Parameters:
    """Return the parameters at a level of flaws; nothing given leaves the level that they have.

    At the level `none` no record is flawed, no value is missing by a model and no infant is hard to link.

    Raises:
        ConfigError: If there is no such level, or the rates are not those of the catalogue.
    """
    wanted = p.flaws.level.value if level is None else level
    if wanted not in LEVELS_OF_FLAWS:
        names = ", ".join(LEVELS_OF_FLAWS)
        raise ConfigError(f"there are no '{wanted}' flaws", where="synthetic data", mend=f"choose one of {names}")
    odd = sorted(set(p.flaws.rates) ^ set(CATALOGUE))
    if odd:
        raise ConfigError(
            f"the flaw '{odd[0]}' is unknown or has no rate",
            where="synthetic parameters, flaws.rates",
            mend="give a rate for exactly the flaws of the catalogue",
        )
    clean = wanted == "none"
    return p.model_copy(
        update={
            "flaws": p.flaws.at(wanted),
            "missingness": p.missingness.switched_off() if clean else p.missingness,
            "linkage_error": p.linkage_error.switched_off() if clean else p.linkage_error,
        }
    )
