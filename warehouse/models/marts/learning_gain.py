"""What participants of a class learned.

---
description: >
  Learning (Kirkpatrick level 2) by class, from people who took a test before and after it. Gain on class means (Hake)
  and the mean of individual gains differ and stand beside each other.
grain: class
key: [class_id]
metrics: {gain_class_mean: avg(gain_class)}
small_groups:
  - {people: "case when is_at_ceiling then 1 else n_pairs end", hides: [pre_mean, post_mean, pre_sd, post_sd, gain_class, gain_individual_mean, n_gain_defined, gain_band, hedges_g, g_low, g_high]}
columns:
  class_id:
  class_ended_on:
  program_code:
  program_name: {nullable: true}
  curriculum_version:
  n_pre: {type: integer, description: "People with a pre-test score.", label: "Jumlah pre-test", unit: people, minimum: 0}
  n_post: {type: integer, description: "People with a post-test score.", label: "Jumlah post-test", unit: people, minimum: 0}
  n_pairs:
  attrition: {type: number, description: "1 − n_pairs ÷ n_pre: share of those tested before who have no post-test; empty where nobody has one.", label: "Porsi tanpa post-test", share_of: [n_pre - n_pairs, case when n_post > 0 then n_pre end], unit: "share 0–1", minimum: 0, maximum: 1, nullable: true}
  pre_mean: {type: number, description: "Mean pre-test score of the pairs.", label: "Rata-rata pre-test", unit: "%", minimum: 0, maximum: 100, nullable: true}
  post_mean: {type: number, description: "Mean post-test score of the pairs.", label: "Rata-rata post-test", unit: "%", minimum: 0, maximum: 100, nullable: true}
  pre_sd: {type: number, description: "Standard deviation of the pairs' pre-test scores.", label: "Simpangan baku pre-test", unit: "%", minimum: 0, nullable: true}
  post_sd: {type: number, description: "Standard deviation of the pairs' post-test scores.", label: "Simpangan baku post-test", unit: "%", minimum: 0, nullable: true}
  gain_class: {type: number, description: "(post_mean − pre_mean) ÷ (100 − pre_mean) on the class means (Hake 1998); empty at pre_mean = 100.", label: "N-gain kelas", unit: share, nullable: true}
  gain_individual_mean: {type: number, description: "Mean of the individual gains of the people below 100 before.", label: "Rata-rata N-gain perorangan", unit: share, nullable: true}
  n_gain_defined: {type: integer, description: "Pairs whose individual gain is defined (pre-test below 100).", label: "Jumlah N-gain terdefinisi", unit: people, minimum: 0, nullable: true}
  gain_band: {type: text, description: "Band of gain_class: tinggi from 0.7, sedang from 0.3, rendah below (Hake 1998).", label: "Kategori N-gain", values: {tinggi: [], sedang: [], rendah: []}, nullable: true}
  hedges_g: {description: "(post − pre) ÷ √((s²pre + s²post)/2) × J with n_pairs − 1 degrees of freedom.", nullable: true}
  g_low: {type: number, description: "Lower end of the 95 % interval of hedges_g.", label: "Batas bawah Hedges g", unit: standard deviations, nullable: true}
  g_high: {type: number, description: "Upper end of the 95 % interval of hedges_g.", label: "Batas atas Hedges g", unit: standard deviations, nullable: true}
  is_at_ceiling: {type: boolean, description: "Whether fewer than minimum_cell_size of the pairs, though some, were below the highest score before, or after: means and deviations would be theirs alone.", label: "Hampir semua bernilai penuh"}
  is_suppressed: {description: "True where numbers are left out: fewer than minimum_cell_size pairs, or of those below the highest score."}
---
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from warehouse.evaluation import learning
from warehouse.evaluation import statistics as st

INPUTS = {
    "tests": f"""
        with {learning.TESTED},
        exact as (
            select
                class_key, n_pre, n_post,
                cast(round(pre, 9) as decimal(12, 9)) as pre,
                cast(round(post, 9) as decimal(12, 9)) as post,
                case when pre < 100.0 then cast(round((post - pre) / nullif(100.0 - pre, 0.0), 9) as decimal(18, 9)) end as gain
            from tested
        )
        select
            c.class_id, c.program_code, c.curriculum_version,
            count(nullif(e.n_pre, 0)) as n_pre,
            count(nullif(e.n_post, 0)) as n_post,
            count(e.pre) as n_pairs,
            count(case when e.post < 100.0 then 1 end) as n_below_after,
            count(e.gain) as n_gain_defined,
            cast(sum(e.pre) as double) as pre_sum,
            cast(sum(e.post) as double) as post_sum,
            cast(sum(e.pre * e.pre) as double) as pre_squares,
            cast(sum(e.post * e.post) as double) as post_squares,
            cast(sum(e.pre * e.post) as double) as products,
            cast(sum(e.gain) as double) as gain_sum
        from exact as e
        inner join core.dim_class as c on e.class_key = c.class_key
        group by c.class_id, c.program_code, c.curriculum_version
    """,
    "policy": "select policy, value, version from ops.policy",
}


def model(*, tests: pd.DataFrame, policy: pd.DataFrame) -> pd.DataFrame:
    """Gains and effect sizes of each class."""
    least = st.policy_values(policy)["minimum_cell_size"]
    gains = tests.sort_values("class_id", ignore_index=True)
    n = gains["n_pairs"].to_numpy(dtype=float)
    pre, post = st.divide(gains["pre_sum"], n), st.divide(gains["post_sum"], n)
    pre_var = st.spread(n, gains["pre_sum"], gains["pre_squares"])
    post_var = st.spread(n, gains["post_sum"], gains["post_squares"])
    covariance = st.divide(gains["products"].to_numpy(dtype=float) - n * pre * post, n - 1)
    correlation = np.clip(np.nan_to_num(st.divide(covariance, np.sqrt(pre_var * post_var))), -1, 1)
    # Where no score after the class has come nobody was lost by it.
    gains["attrition"] = 1 - st.divide(n, gains["n_pre"].where(gains["n_post"] > 0))
    gains["pre_mean"], gains["post_mean"] = pre, post
    gains["pre_sd"], gains["post_sd"] = np.sqrt(pre_var), np.sqrt(post_var)
    gains["gain_class"] = np.round(st.divide(post - pre, np.round(100 - pre, st.DIGITS)), st.DIGITS)
    gains["gain_individual_mean"] = st.divide(gains["gain_sum"], gains["n_gain_defined"])
    few = [gains[name].between(1, least - 1) for name in ("n_gain_defined", "n_below_after")]
    gains["is_at_ceiling"] = few[0] | few[1]
    gains["gain_band"] = gain_band(gains["gain_class"])
    gains["hedges_g"], gains["g_low"], gains["g_high"] = st.hedges_paired(pre, post, pre_var, post_var, correlation, n)
    return st.rounded(gains)


def gain_band(gain: pd.Series) -> list[str | None]:
    """Hake's (1998) band of each gain."""
    bands = np.select([gain >= st.GAIN_HIGH, gain >= st.GAIN_MEDIUM, gain.notna()], ["tinggi", "sedang", "rendah"], "")
    return [str(band) or None for band in bands]
