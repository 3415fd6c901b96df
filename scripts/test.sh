#!/usr/bin/env bash
# The whole suite: the bot's runtime first, then Rasa's own checks, then the clinic's and the conversations.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONUNBUFFERED=1 MARROW_CACHE_DIR="${MARROW_CACHE_DIR:-.cache}"
eval "$(.venv/bin/python -m scripts.environment)"

# Whole files to each worker: what a file shares (servers, models) is made once. Four workers at most: each may hold a model.
workers=(-n auto --maxprocesses 4 --dist loadfile)

echo "== Widget"
bash scripts/test_widget.sh
echo "== Bot runtime"
.venv-bot/bin/python -m pytest -c tests/bot/pytest.ini tests/bot "${workers[@]}"
echo "== Rasa: data validation"
.venv-bot/bin/python -m bot data validate --fail-on-warnings
echo "== Rasa: test stories"
.venv-bot/bin/python -m bot test core --model models/marrow.tar.gz --stories tests/stories --fail-on-prediction-errors --out reports/core --no-plot
echo "== Clinic runtime, contents, conversations"
.venv/bin/python -m pytest "${workers[@]}"
