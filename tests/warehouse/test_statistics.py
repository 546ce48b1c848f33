"""Each formula against a figure worked by hand, a published one, or the same model written out in full."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from warehouse.evaluation import statistics as st
from warehouse.evaluation.effects import is_low_attrition

SIZES = (5, 8, 10, 15, 20, 25, 30, 40, 50)
SMALLEST = {
    0.10: (2, 3, 3, 4, 5, 5, 6, 8, 9),
    0.15: (3, 3, 4, 5, 6, 7, 8, 10, 12),
    0.20: (3, 4, 5, 6, 7, 9, 10, 13, 15),
    0.25: (3, 5, 5, 7, 9, 10, 12, 15, 18),
}


@pytest.mark.parametrize("share", SMALLEST)
def test_smallest_number_dissatisfied_that_exceeds_what_is_tolerated(share: float) -> None:
    for n, smallest in zip(SIZES, SMALLEST[share], strict=True):
        low = st.wilson_lower(np.arange(n + 1), np.full(n + 1, n), 0.95)
        assert int(np.argmax(low > share)) == smallest, n


def test_wilson_interval_is_scipys() -> None:
    low, high = st.wilson([3, 0, 10], [10, 10, 10])
    for k, found in zip((3, 0, 10), zip(low, high, strict=True), strict=True):
        expected = stats.binomtest(k, 10).proportion_ci(method="wilson")
        assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_nobody_answered_is_unknown_not_zero() -> None:
    assert np.isnan([*st.wilson([0], [0]), st.divide([0], [0])]).all()


def test_hedges_correction() -> None:
    assert st.hedges_j(10) == pytest.approx(1 - 3 / 39)


def test_hedges_paired_by_hand() -> None:
    # pre 40, post 60, both SD 10, r 0.5, n 20: d = 2, J = 1 − 3/75 = 0.96, V = 2·0.5/20 + 4·1.25/76 = 0.115789; t of 19 is 2.093024.
    g, low, high = st.hedges_paired([40], [60], [100], [100], [0.5], [20])
    half = 2.093024 * 0.96 * np.sqrt(0.05 + 5 / 76)
    assert (g[0], low[0], high[0]) == pytest.approx((1.92, 1.92 - half, 1.92 + half), abs=1e-6)
    assert np.isnan(st.hedges_paired([40], [60], [0], [0], [0], [20])[0]).all(), "no spread"
    assert np.isnan(st.hedges_paired([40], [60], [np.nan], [np.nan], [0], [1])[0]).all(), "one pair"


@pytest.mark.parametrize(
    ("r", "d", "n"), [(0.3, 0.5, 10), (0.8, 1.5, 25), (0.9, 1.0, 25), (0.6, 0.0, 50), (0.9, 2.0, 5)]
)
def test_the_interval_of_g_holds_the_truth_19_times_of_20(r: float, d: float, n: int) -> None:
    rng = np.random.default_rng(1)
    pre = rng.standard_normal((4_000, n))
    post = d + r * pre + np.sqrt(1 - r**2) * rng.standard_normal((4_000, n))
    pre_sd, post_sd = pre.std(axis=1, ddof=1), post.std(axis=1, ddof=1)
    product = ((pre - pre.mean(axis=1, keepdims=True)) * (post - post.mean(axis=1, keepdims=True))).sum(axis=1) / (
        n - 1
    )
    _, low, high = st.hedges_paired(
        pre.mean(axis=1), post.mean(axis=1), pre_sd**2, post_sd**2, product / pre_sd / post_sd, np.full(4_000, n)
    )
    assert np.mean((low <= d) & (d <= high)) == pytest.approx(0.95, abs=0.02)


def test_the_interval_of_people_seen_by_few_supervisors_holds_the_truth() -> None:
    """Four supervisors see ten people each, or 4, 8, 12 and 16: half of the variance is theirs."""
    rng = np.random.default_rng(1)
    for size in (np.full(4, 10.0), np.array([4.0, 8.0, 12.0, 16.0])):
        held, simple = 0, 0
        for _ in range(2000):
            total = size * rng.normal(size=4) + np.sqrt(size) * rng.normal(size=4)
            low, high, _ = st.clustered_mean(size, total)
            held += low <= 0 <= high
            half = 1.96 * np.sqrt(2 / size.sum())
            simple += abs(total.sum() / size.sum()) <= half
        assert 0.93 <= held / 2000 <= 0.98
        assert simple / 2000 < 0.8, "people taken one by one would not do"


def test_clusters_of_one_person_give_the_paired_t_interval() -> None:
    change = np.array([20.0, 40.0, 0.0])
    low, high, p = st.clustered_mean(np.ones(3), change)
    expected = stats.ttest_1samp(change, 0)
    assert [low, high] == pytest.approx(list(expected.confidence_interval()))
    assert p == pytest.approx(expected.pvalue)
    assert np.isnan(st.clustered_mean(np.array([9.0]), np.array([3.0]))).all()


def test_a_wild_bootstrap_of_few_units_proves_nothing() -> None:
    x, y = np.tile([0.5, -0.5], 10), np.tile([1.0, -1.0], 10) + np.linspace(0, 0.1, 20)
    assert st._wild(x * y, x * x, np.repeat(range(5), 4)) == pytest.approx(2 / 32)
    assert st._wild(x * y, x * x, np.repeat(range(10), 2)) == pytest.approx(2 / 1024)
    assert np.isnan(st._wild(x * y, x * x, np.zeros(20)))


def test_variance_from_sums() -> None:
    values = np.array([1.0, 2.0, 4.0])
    assert st.spread(3, values.sum(), (values**2).sum()) == pytest.approx(values.var(ddof=1))
    assert st.spread(3, 0.3, 0.03) == 0, "three times 0.1 is no spread, only rounding"
    assert np.isnan(st.spread(1, 5, 25))


def test_shrinkage_by_hand() -> None:
    # Means 0 and 4, n = 1, σ² = 2: μ = 2, Q = 4, c = 0.5, τ² = (4 − 1)/0.5 = 6, w = 6/8.
    np.testing.assert_allclose(st.shrink([0, 4], [1, 1], 2), [0.5, 3.5])
    np.testing.assert_allclose(st.shrink([1, 3], [1, 1], 100), [2, 2], err_msg="chance explains all of it")
    np.testing.assert_allclose(st.shrink([1, 3], [9, 9], 0), [1, 3], err_msg="no variance within classes")


def test_interval_of_a_mean() -> None:
    values = np.array([2.0, 4.0, 9.0])
    low, high = st.mean_interval(values.mean(), values.var(ddof=1), 3)
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    assert (low, high) == pytest.approx((expected.low, expected.high))
    assert st.paired_p_value(values.mean(), values.var(ddof=1), 3) == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def people(n: int, units: int, seed: int = 1) -> pd.DataFrame:
    """People of several units with an effect of 2 and a shift of the unit."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"unit": rng.integers(0, units, n), "x": rng.integers(0, 2, n)})
    return frame.assign(y=2.0 * frame["x"] + frame["unit"] + rng.normal(0, 1 + frame["x"], n), person=range(n))


def estimate(frame: pd.DataFrame, *, randomised: bool) -> st.Estimate:
    columns = (frame[name].to_numpy() for name in ("y", "x", "unit", "unit", "person"))
    y, x, stratum, unit, person = columns
    cells = st.Cells.of(y, x.astype(float), stratum, unit, person)
    return st.difference_in_differences(cells, randomised=randomised, minimum_clusters=20)


def by_lot(frame: pd.DataFrame) -> float:
    return st.permuted(*(frame[name].to_numpy(dtype=float) for name in ("y", "x", "unit")))


def test_absorbed_strata_give_what_dummies_give() -> None:
    frame = people(200, 5)
    full = smf.ols("y ~ x + C(unit)", frame)
    found, expected = estimate(frame, randomised=True), full.fit(cov_type="HC3", use_t=True)
    assert found.se_kind == "HC3"
    assert (found.effect, found.se) == pytest.approx((expected.params["x"], expected.bse["x"]))
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(expected.conf_int().loc["x"]))
    assert found.p_value == pytest.approx(expected.pvalues["x"])


def teams(rng: np.random.Generator, units: int) -> st.Cells:
    """In each unit 3 to 9 trained people, who share a shock that their 12 colleagues do not."""
    n = np.column_stack([rng.integers(3, 10, units), np.full(units, 12)]).astype(float)
    mean = rng.normal(0, 1 / np.sqrt(n)) + rng.normal(0, 1, (units, 1)) * [1, 0]
    squares = n * mean**2 + rng.chisquare(n - 1)
    unit = np.repeat(np.arange(units), 2)
    columns = (part.ravel() for part in (np.tile([1.0, 0.0], (units, 1)), n, n * mean, squares))
    return st.Cells(unit, unit, *columns, int(n.sum()), (0.0, 0.0, 0.0))


@pytest.mark.parametrize("units", [4, 8, 19])
def test_what_befell_whole_teams_of_few_units_is_in_the_interval(units: int) -> None:
    """Nothing works; people taken one by one would call it an effect every second time."""
    rng = np.random.default_rng(1)
    drawn = [teams(rng, units) for _ in range(400)]
    told = [st.difference_in_differences(cells, randomised=False, minimum_clusters=20) for cells in drawn]
    assert 0.92 <= np.mean([found.ci_low <= 0 <= found.ci_high for found in told]) <= 0.985
    alone = [st.difference_in_differences(cells, randomised=True, minimum_clusters=20) for cells in drawn[:100]]
    assert np.mean([found.ci_low <= 0 <= found.ci_high for found in alone]) < 0.75


def test_classical_error_where_one_unit_was_randomised() -> None:
    frame = people(60, 1)
    found, expected = estimate(frame, randomised=True), smf.ols("y ~ x", frame).fit()
    assert (found.se_kind, found.effect, found.se) == (
        "classical", pytest.approx(expected.params["x"]), pytest.approx(expected.bse["x"])
    )  # fmt: skip
    assert found.p_value == pytest.approx(expected.pvalues["x"])


def test_many_units_are_clustered_and_the_larger_error_counts() -> None:
    frame = people(600, 30)
    found = estimate(frame, randomised=True)
    within = frame[["x", "y"]] - frame.groupby("unit")[["x", "y"]].transform("mean")
    errors = {
        f"cluster_{name}": smf.ols("y ~ x - 1", within)
        .fit(cov_type="cluster", cov_kwds={"groups": frame[name]})
        .bse["x"]
        for name in ("unit", "person")
    }
    assert found.se == pytest.approx(max(errors.values()))
    assert found.se_kind == max(errors, key=lambda name: errors[name])


def test_a_person_in_two_strata_counts_once_in_the_error() -> None:
    frame = pd.concat([people(50, 3), people(50, 3)])
    assert estimate(frame, randomised=True).se_kind == "cluster_person"


def test_no_comparison_gives_no_estimate() -> None:
    frame = people(20, 2).assign(x=1)
    assert estimate(frame, randomised=True) is st.NO_ESTIMATE


def test_paired_test_of_student_s_sleep_data() -> None:
    """R: t.test(extra ~ group, data = sleep, paired = TRUE): t = -4.0621, df = 9, p = 0.002833, -2.4598858 to -0.7001142."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    change = first - second
    low, high = st.mean_interval(change.mean(), change.var(ddof=1), 10)
    assert float(st.paired_p_value(change.mean(), change.var(ddof=1), 10)) == pytest.approx(0.002833, abs=5e-7)
    assert (float(low), float(high)) == (pytest.approx(-2.4598858, abs=5e-8), pytest.approx(-0.7001142, abs=5e-8))


def test_permutation_counts_every_way_to_exchange_people() -> None:
    """Two trained of four, gains 3, 4 against 0, 1: of the six ways to choose two people two are as extreme."""
    frame = pd.DataFrame({"unit": 0, "x": [1, 1, 0, 0], "y": [3.0, 4.0, 0.0, 1.0], "person": range(4)})
    assert by_lot(frame) == pytest.approx(2 / 6, abs=0.04)


def test_permutation_stays_within_strata() -> None:
    """Units that differ by 100 do not make an effect: people only change places within their unit."""
    frame = pd.DataFrame({"unit": [0] * 4 + [1] * 4, "x": [1, 1, 0, 0] * 2, "person": range(8)})
    frame["y"] = 100.0 * frame["unit"] + [1, 2, 1, 2, 1, 2, 1, 2]
    assert by_lot(frame) == 1.0


@pytest.mark.parametrize(("effect", "trend", "value"), [
    ((1.0, 3.0), (-0.5, 2.0), 0.5), ((-3.0, -1.0), (-4.0, 0.1), 0.25), ((-1.0, 3.0), (-0.5, 0.5), 0.0), ((1.0, 3.0), (np.nan, np.nan), np.nan),
    ((np.nan, np.nan), (0.0, 1.0), np.nan),
])  # fmt: skip
def test_how_much_drift_an_effect_survives(
    effect: tuple[float, float], trend: tuple[float, float], value: float
) -> None:
    assert st.breakdown(effect, trend) == pytest.approx(value, nan_ok=True)


def test_the_gain_against_a_comparison_is_as_published() -> None:
    """Morris 2008, table 5: d_ppc2 of five studies."""
    n = [[20, 50, 9, 10, 14], [20, 42, 9, 11, 14]]
    pre = [[30.6, 23.5, 0.5, 53.4, 35.6], [23.1, 24.9, 0.6, 55.7, 34.8]]
    post = [[38.5, 26.8, 0.7, 75.9, 36.0], [19.7, 25.3, 0.6, 60.7, 33.4]]
    sd = [[15.0, 3.1, 0.1, 14.5, 4.7], [13.8, 4.1, 0.2, 17.3, 3.1]]
    assert st.morris_gap(n, pre, post, sd).round(4).tolist() == [0.7684, 0.8010, 1.2045, 1.0476, 0.4389]


@pytest.mark.parametrize(("overall", "difference", "low"), [
    (0.20, 0.10, True), (0.20, 0.102, False), (0.20, -0.102, False), (0.65, 0.003, True), (0.66, 0.0, False), (0.0, 0.0, True),
    (float("nan"), 0.0, False), (0.20, float("nan"), False),
])  # fmt: skip
def test_the_boundary_of_attrition(overall: float, difference: float, low: bool) -> None:
    assert is_low_attrition(overall, difference) is low


def test_a_ratio_counts_what_brought_nothing() -> None:
    """Two classes of ten people, 100,000 rupiah a head, +20 and −10 points: 2,000,000 for 100 person-points."""
    assert st.ratio(np.array([1e6, 1e6]), np.array([200.0, -100.0]))[0] == pytest.approx(20_000)
    assert np.isnan(st.ratio(np.array([1e6, 1e6]), np.array([100.0, -100.0]))[0])
    _, low, high = st.ratio(np.array([1e6, 1e6, 1e6]), np.array([200.0, 210.0, 190.0]))
    # Equal costs: the interval of the mean of 200 (t of 2, 4.302653·10/√3 = 24.84), turned over.
    assert (low, high) == pytest.approx((1e6 / 224.8415, 1e6 / 175.1585), rel=1e-4)
