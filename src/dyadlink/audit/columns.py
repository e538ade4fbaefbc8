"""What a column holds, by its name and its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from dyadlink.audit.content import Sheet, Words, plain
from dyadlink.audit.values import Value, is_total, read_value

_ROLES: tuple[tuple[str, str], ...] = (
    ("status", r"status|suppression|suppressed|disclosure(_status|_control)?|flag|redaction"),
    ("label", r"time_period|note|notes|comment|title|description|shows|sha256|checksum|md5"),
    (
        "other",
        r"df|dof|d_f|data_sets|order|rank|position|rows?|row_number|seed|iterations|knots|fmi|p|p_?val(ue)?|statistic|chi2|"
        r"from|to|z|t_value|aic|bic|max_u?_?pairs|log_?lik(elihood)?|optimism|.*_rows|planted|threshold|digits|version|weight|m|u",
    ),
    ("resid_df", r"df_resid|residual_df|df_residual|resid_df|residual_degrees_of_freedom"),
    ("parameters", r"parameters|n_param(eter)?s|df_model|n_terms|k_params"),
    (
        "extreme",
        r"(min|max)(imum)?(_.*)?|(.*_)(min|max)(imum)?|range|lowest|highest|smallest|earliest|latest|oldest|youngest|"
        r"p0|p100",
    ),
    ("largest", r"largest(_value|_contribution|_contributor)?|top_?1|first_largest"),
    ("second", r"second(_largest)?(_value|_contribution|_contributor)?|top_?2"),
    ("contributor", r"contributor|respondent|provider_ref|enterprise"),
    ("contribution", r"contribution|contributed"),
    (
        "interval",
        r"conf_.*|ci(_.*)?|(.*_)?(low|high|lower|upper|lcl|ucl|least|greatest)|[lu]95|(lower|upper)_(ci|limit).*",
    ),
    ("person_time", r"(person|dyad|patient)_(years|time|days|months)|p_?years|py|years_at_risk|time_at_risk|exposure"),
    ("percent", r"(.*_)?(percent(age)?|pct|perc|%)(_.*)?|%.*|proportion|prop|share|(.*_)share|prop_.*"),
    ("mean", r"mean|average|avg|(mean|average|avg)_.*|.*_(mean|avg|average)"),
    ("std_error", r"se|std_err(or)?|stderr|standard_error|.*_se|se_.*"),
    ("sd", r"sd|std|std_dev|stdev|standard_deviation|.*_sd|sd_.*"),
    ("sum", r"sum|sum_.*|.*_sum|total_(days|cost|costs|value|amount|income|stay|minutes|hours)"),
    ("median", r"median|p\d{1,2}|q[123]|iqr|.*_median|median_.*|(lower|upper)_quartile|percentile.*|.*_percentile"),
    ("rate", r"rate|rates|rate_.*|.*_rate|per_\d.*|incidence_rate|.*_per_\d.*"),
    ("survival", r"surv(ival)?|s_t|km|kaplan_meier|cum_?inc|cumulative_incidence|cif|incidence|survival_.*"),
    ("estimate", r"estimate|coef|coefficient|beta|log_odds|log_hr"),
    ("ratio", r"ratio|or|odds_ratio|hr|hazard_ratio|rr|risk_ratio|irr|shr|aor|ahr|crude_or"),
    ("time", r"time|time_(days|months|weeks|years)|t|day|days|week|weeks|months?|days_since.*"),
    (
        "count",
        r"n|n_.*|.*_n|counts?|count_.*|.*_counts?|freq|frequency|number|num|nobs|obs|observations|no_of_.*|number_.*|num_.*|"
        r"total|totals|total_n|(.*_)?at_risk(_.*)?|(.*_)?events?|cases|deaths|people|persons|patients|dyads|mothers|women|"
        r"infants|children|babies|pairs|records|numerator|denominator|population|subjects|participants|admissions|"
        r"referrals|censored|all|overall|everyone",
    ),
)
_PATTERNS = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)
_COUNTS = dict(_PATTERNS)["count"]
_WHOM = re.compile(r"(?<=\d)\s+[a-z]+$", re.I)
_COUNT_IN_LABEL = re.compile(r"\bn\s*=\s*\d", re.I)
_NUMERIC = {role for role, _ in _ROLES} - {"status", "label", "contributor"}
_KEYS = re.compile(
    r"(.*_)?(year|years|quintile|decile|age|age_band|band|level|group|parity|code|stage|wave|quarter|imd|order|stratum|"
    r"deprivation|category|value_label|id|number_of_(children|infants))"
)
NAMING = re.compile(
    r"variable|variables|characteristics?|measure|indicator|metric|statistic|rule|column|field|question|item|table|"
    r"source|model|alternative|outcome|covariate|unit|kind|type|topic|domain|risk_factor|factor"
)
"""Names of columns that say what is counted: their values are different things and never add up."""

LEVEL = re.compile(r"level|category|value|response|answer|value_label")
"""Names of columns whose values are levels of what another column names."""
_VARIABLE = re.compile(r"variable|characteristics?|measure|indicator|covariate|question|item|field|(risk_)?factor")
_TERM = re.compile(r"model|term|covariate|predictor|coefficient_name|parameter|regressor")

_SETTING = re.compile(
    r"(^|_)(threshold|rounding|dominance|nk|p_?ratio|safe|seed|digits|decimals|alpha|tolerance|limit|cut_?off|knots|folds|"
    r"draws|resamples|bootstraps?|iterations|imputations|cores|threads|workers|version|chunk|batch|port)(_|$)|"
    r"^(minimum|maximum)_"
)
"""Words of rules and settings: a number of an object that bears one counts no persons (safe_nk_n, n_folds)."""

HIDDEN_STATUS = re.compile(r"suppress.*|hidden.*|redact.*|removed|masked|[cx]|secret|confidential|withheld|not_shown")
_SMALL_STATUS = re.compile(r".*(primary|small|low|threshold|below).*")
_LARGE_STATUS = re.compile(r".*(secondary|complement).*")


class Frame:
    """A sheet with its columns understood."""

    def __init__(self, sheet: Sheet) -> None:
        """Read the values of every column."""
        self.sheet = sheet
        self.values = [
            _read_column([row[i] for row in sheet.rows], of_persons=is_count_name(name))
            for i, name in enumerate(sheet.header)
        ]
        self.names = [plain(name) for name in sheet.header]
        self.roles = [self._role(i) for i in range(len(sheet.header))]

    def _role(self, i: int) -> str:
        """The role; empty for a label or key, `integer` or `decimal` for a number of unknown meaning."""
        name = self.names[i]
        if self.sheet.is_object and _SETTING.search(name):
            return "other"
        kinds = [value.kind for value in self.values[i]]
        # A remark among numbers does not make them words.
        numeric = kinds.count("number") > kinds.count("word")
        if numeric and sum(value.is_percent for value in self.values[i]) * 2 > kinds.count("number"):
            return "percent"
        bare = set(kinds) <= {"empty", "hidden", "small"}
        for role, pattern in _PATTERNS:
            if pattern.fullmatch(name) and (role not in _NUMERIC or numeric or (bare and role != "other")):
                return role
        if not numeric or _KEYS.fullmatch(name):
            return ""
        numbers = [value for value in self.values[i] if value.kind == "number"]
        # A ratio of 1.00 is whole by chance; a count that a program took for a decimal is 7.0.
        is_measured = all(value.decimals > 1 for value in numbers)
        return "integer" if all(value.is_whole for value in numbers) and not is_measured else "decimal"

    def may_be_count(self, i: int) -> bool:
        """Whether a column in which all is hidden can hold counts: its name does not say of anything else."""
        is_hidden = {value.kind for value in self.values[i]} - {"empty"} in ({"hidden"}, {"small"}, {"hidden", "small"})
        return is_hidden and not any(pattern.fullmatch(self.names[i]) for _, pattern in _PATTERNS)

    def having(self, *roles: str) -> list[int]:
        """The columns of these roles."""
        return [i for i, role in enumerate(self.roles) if role in roles]

    def first(self, *roles: str) -> int | None:
        """The first column of the first of these roles that there is."""
        return next((i for role in roles for i in self.having(role)), None)

    def number(self, row: int, column: int | None) -> Value | None:
        """The number in a cell, if it holds one."""
        if column is None:
            return None
        value = self.values[column][row]
        return value if value.kind == "number" else None

    @cached_property
    def labels(self) -> list[int]:
        """Columns of words or keys, but for remarks and columns that are the same on every row."""
        known = {"", "contributor"} | (set() if self.shape == "curve" else {"time"})
        found = [i for i, role in enumerate(self.roles) if role in known]
        # The one variable of a table says of what its levels are.
        is_level = any(LEVEL.fullmatch(self.names[i]) for i in found)
        variables = [i for i in found if is_level and _VARIABLE.fullmatch(self.names[i])]
        found = [i for i in found if len(set(self._cells(i))) > 1 or i in variables] or found[:1]
        short = [i for i in found if not _is_prose(self._cells(i))]
        # A remark is no label, unless the rows cannot be told apart without it.
        return short if len(set(zip(*map(self._cells, short), strict=True))) == len(self.sheet.rows) else found

    def _cells(self, column: int) -> list[str]:
        return [row[column] for row in self.sheet.rows]

    def keys(self, row: int) -> tuple[tuple[str, str], ...]:
        """Name and value of every label of a row; an empty first label is that of the row above."""
        found = [(self.names[i], self._filled[i][row]) for i in self.labels]
        whole = next((value for _, value in found if is_total(value)), "")
        return tuple((name, value or whole) for name, value in found)

    def place(self, row: int, column: int | None = None) -> str:
        """Where a cell stands: its line, the labels that tell its row from the others, and its column."""
        known = dict(self.keys(row))
        names = [(self.names[i], known.get(self.names[i], self.sheet.rows[row][i])) for i in self._telling]
        return self.sheet.place(row, "" if column is None else self.sheet.header[column], tuple(names))

    @cached_property
    def _telling(self) -> list[int]:
        """The labels that are left of all when those that are not needed to tell rows apart are taken out one by one.

        Labels with gaps go first, then those of the fewest values.
        """
        times = [i for i in self.having("time") if i not in self.labels] if self.shape == "curve" else []
        told = [*self.labels, *times]
        rows = self._different(told)
        for i in sorted(told, key=lambda i: ("" not in self._cells(i), len(set(self._cells(i))))):
            fewer = [j for j in told if j != i]
            if fewer and self._different(fewer) == rows:
                told = fewer
        return told

    def _different(self, columns: list[int]) -> int:
        return len(set(zip(*map(self._cells, columns), strict=True)))

    @cached_property
    def _filled(self) -> dict[int, list[str]]:
        filled = {}
        for place, i in enumerate(self.labels):
            column = [row[i].strip() for row in self.sheet.rows]
            # In Table 1 of an article the name of a variable stands on its first row alone.
            if place == 0 and len(self.labels) > 1 and column and column[0]:
                for row in range(1, len(column)):
                    column[row] = column[row] or column[row - 1]
            filled[i] = column
        return filled

    def status(self, row: int) -> str:
        """`small`, `large` or `hidden` where the status column says that the row is hidden; else empty."""
        column = self.first("status")
        if column is None:
            return ""
        word = plain(self.sheet.rows[row][column])
        if not HIDDEN_STATUS.fullmatch(word):
            return ""
        if _SMALL_STATUS.fullmatch(word):
            return "small"
        return "large" if _LARGE_STATUS.fullmatch(word) else "hidden"

    @cached_property
    def has_totals(self) -> bool:
        """Whether a column or a row is named as the total."""
        named = any(is_total(count_name(name)) for name in self.sheet.header)
        return named or any(is_total(row[i]) for row in self.sheet.rows for i in self.labels)

    @cached_property
    def shape(self) -> str:
        """`curve` (numbers over time), `model` (coefficients of terms) or `counts`."""
        if self.first("time") is not None:
            is_curve = self.first("survival", "estimate") is not None or self.lines_over_time
            if is_curve or any("at_risk" in self.names[i] for i in self.having("count")):
                return "curve"
        terms = any(_TERM.fullmatch(name) for name in self.names)
        return "model" if terms and self.first("estimate", "ratio") is not None else "counts"

    @cached_property
    def greatest(self) -> list[float]:
        """The greatest number of each column; 0 where there is none."""
        return [max((v.number for v in column if v.kind == "number"), default=0) for column in self.values]

    @cached_property
    def lines_over_time(self) -> list[int]:
        """Columns of shares that only rise or only fall, as curves side by side do."""
        found = []
        for i in self.having("decimal"):
            numbers = [v.number for v in self.values[i] if v.kind == "number"]
            is_share = len(numbers) > 2 and all(0 <= n <= 1 for n in numbers)
            if is_share and numbers in (sorted(numbers), sorted(numbers, reverse=True)):
                found.append(i)
        return found


def is_count_name(name: str) -> bool:
    """Whether a column of this name holds counts, if it holds numbers."""
    return bool(_COUNTS.fullmatch(plain(name)))


def _read_column(cells: list[str], *, of_persons: bool) -> list[Value]:
    """The values of a column; all as exact as the most exact one, because writers leave off a zero at the end."""
    # In a column of counts, 7 women are 7.
    values = [read_value(_WHOM.sub("", cell) if of_persons else cell) for cell in cells]
    decimals = max((value.decimals for value in values if value.kind == "number"), default=0)
    return [replace(value, decimals=decimals) if value.kind == "number" else value for value in values]


def _is_prose(values: list[str]) -> bool:
    told = [value for value in values if value]
    return bool(told) and sum(map(len, told)) / len(told) > 40


def remarks(frame: Frame) -> Iterator[Words]:
    """The texts of columns that are neither labels nor numbers, each once, and the labels that give a number."""
    for i, role in enumerate(frame.roles):
        if role not in {"", "label", "status"}:
            continue
        seen: set[str] = set()
        for row, cells in enumerate(frame.sheet.rows):
            is_told = bool(_COUNT_IN_LABEL.search(cells[i])) if i in frame.labels else " " in cells[i]
            if is_told and cells[i] not in seen:
                seen.add(cells[i])
                yield Words(frame.sheet.file, frame.sheet.place(row, frame.sheet.header[i]), cells[i])


def count_name(header: str) -> str:
    """The name of a column of counts without the sign that it is one: Linked n, n_linked, Linked (count)."""
    return re.sub(r"^(n|count|number_of)_|_(n|count|counts|no)$", "", plain(header))


def percent_name(header: str) -> str:
    """The name of a column of percentages without the sign that it is one."""
    return re.sub(r"^(%|percent|pct|percentage)_|_?(%|percent|pct|percentage)$", "", plain(header))
