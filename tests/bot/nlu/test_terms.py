"""Terms are weighed as scikit-learn weighs them, which is how the models learnt."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.terms import weigh

LINES = ["my joints hurt", "my my skin burns in the sun", "the sun the sun the sun", "joints and skin"]


@pytest.mark.parametrize("line", [*LINES, "the skin of my joints, unknown words too", "nothing known", ""])
def test_weights_are_those_of_the_vectorizer(line):
    vectorizer = TfidfVectorizer(sublinear_tf=True, dtype=np.float32).fit(LINES)
    columns, weights = weigh(vectorizer.build_analyzer()(line), vectorizer.vocabulary_, vectorizer.idf_)
    row = np.zeros(len(vectorizer.idf_), dtype=np.float32)
    row[columns] = weights
    assert row == pytest.approx(vectorizer.transform([line]).toarray()[0], abs=1e-6)
