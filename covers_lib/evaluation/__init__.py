"""How good covers are, each figure beside what real covers get."""

from covers_lib.evaluation import copies, metrics, report
from covers_lib.evaluation.evaluate import compare, examine, measure_pack
from covers_lib.evaluation.factor_reader import learn
from covers_lib.evaluation.factors import count_factors
from covers_lib.evaluation.features import extract

__all__ = [
    "compare",
    "copies",
    "count_factors",
    "examine",
    "extract",
    "learn",
    "measure_pack",
    "metrics",
    "report",
]
