"""What numpy, pandas and scipy make of a few hundred numbers: python make.py > expected.json

pip install numpy==2.2.1 pandas==2.2.3 scipy==1.15.0, in an environment of its own. The output is committed, so the
tests need no Python. Sums are those of math.fsum, which are exact; exponentially weighted variances by time are written
out from their definition, since pandas has none.
"""

import json
import math
import sys

import numpy
import pandas
import scipy
from scipy import stats

random = numpy.random.default_rng(7)
EDGES = [-1.0, 0.0, 0.5, 1.0, 2.0, 100.0]


def series():
    yield "normal", random.normal(size=200)
    yield "far from zero", 1e9 + random.normal(size=200)
    yield "skewed", random.lognormal(0, 1.5, size=200)
    yield "whole numbers", random.integers(-3, 4, size=200).astype(float)
    yield "many sizes", 10.0 ** random.uniform(-9, 9, size=100) * random.choice([-1.0, 1.0], size=100)
    yield "cancelling", numpy.array([1e16, 1.0, -1e16] * 11 + [3.5])
    yield "five", numpy.array([2.0, 4.0, 4.0, 4.0, 11.0])
    yield "three", numpy.array([0.1, 0.2, 0.4])
    yield "one", numpy.array([0.3])


def fading_variance(x, times, half_life, sample):
    """By the definition, in long doubles."""
    weights = numpy.longdouble(2) ** (-(times.max() - times).astype(numpy.longdouble) / half_life)
    mean = (weights * x).sum() / weights.sum()
    squares = (weights * (x - mean) ** 2).sum()
    return squares / (weights.sum() - (weights**2).sum() / weights.sum() if sample else weights.sum())


def number(x):
    x = float(x)
    return x if math.isfinite(x) else None


def expected(x):
    n = len(x)
    y = x * 0.5 + random.normal(size=n) * (x.std() if n > 1 else 1)
    # Milliseconds, disordered; two records of one time now and then.
    times = random.permutation(numpy.sort(random.integers(0, 100 * n, size=n)))
    in_time = numpy.argsort(times, kind="stable")
    ewm = pandas.Series(x).ewm(halflife=7, adjust=True)
    by_time = pandas.Series(x[in_time]).ewm(halflife="300ms", times=pandas.to_datetime(times[in_time], unit="ms"), adjust=True)
    with numpy.errstate(all="ignore"):
        answers = {
            "sum": math.fsum(x),
            "mean": math.fsum(x) / n,
            "variance": x.var(),
            "variance sample": x.var(ddof=1) if n > 1 else math.nan,
            "stddev": x.std(),
            "stddev sample": x.std(ddof=1) if n > 1 else math.nan,
            "skewness": stats.skew(x),
            "skewness sample": stats.skew(x, bias=False) if n > 2 else math.nan,
            "kurtosis": stats.kurtosis(x),
            "kurtosis sample": stats.kurtosis(x, bias=False) if n > 3 else math.nan,
            "min": x.min(),
            "max": x.max(),
            "covariance": numpy.cov(x, y, ddof=0)[0, 1],
            "covariance sample": numpy.cov(x, y, ddof=1)[0, 1] if n > 1 else math.nan,
            "correlation": numpy.corrcoef(x, y)[0, 1] if n > 1 else math.nan,
            "exponentialMean": ewm.mean().iloc[-1],
            "exponentialVariance": ewm.var(bias=True).iloc[-1],
            "exponentialVariance sample": ewm.var(bias=False).iloc[-1],
            "exponentialMean by time": by_time.mean().iloc[-1],
            "exponentialVariance by time": fading_variance(x, times, 300, False),
            "exponentialVariance by time sample": fading_variance(x, times, 300, True) if n > 1 else math.nan,
        }
    bins = numpy.histogram(x, [-numpy.inf, *EDGES, numpy.inf])[0]
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "times": times.tolist(),
        "answers": {name: number(answer) for name, answer in answers.items()},
        "histogram": bins.tolist(),
        "quantiles": [[q, float(numpy.quantile(x, q, method="lower"))] for q in (0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 1)],
        "distinct": len(set(x.tolist())),
        "top": [[float(value), int(count)] for value, count in pandas.Series(x).value_counts().items()][:1],
    }


versions = {"numpy": numpy.__version__, "pandas": pandas.__version__, "scipy": scipy.__version__}
json.dump({"versions": versions, "edges": EDGES, "series": {name: expected(x) for name, x in series()}}, sys.stdout)
print()
