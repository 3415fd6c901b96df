#!/usr/bin/env bash
# The whole suite: the bot's runtime first, then Rasa's own checks, then the clinic's and the conversations.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONUNBUFFERED=1 MARROW_CACHE_DIR="${MARROW_CACHE_DIR:-.cache}"
eval "$(.venv/bin/python -m scripts.environment)"

echo "== Widget"
bash scripts/test_widget.sh
echo "== Bot runtime"
# Whole files to each worker: what a file shares (models, servers) is made once. Four workers at most: each may hold a model.
.venv-bot/bin/python -m pytest -c tests/bot/pytest.ini tests/bot -n auto --maxprocesses 4 --dist loadfile
echo "== Rasa: data validation"
.venv-bot/bin/python -m bot data validate --fail-on-warnings
echo "== Rasa: test stories"
.venv-bot/bin/python -m bot test core --model models/marrow.tar.gz --stories tests/stories --fail-on-prediction-errors --out reports/core --no-plot

# Two lanes at once, which take about the same time: what drives servers and browsers waits a lot, the rest computes.
mkdir -p reports
lane=reports/conversations.txt
echo "== Conversations, clinic runtime, contents (beside the rest; shown when that has ended)"
.venv/bin/python -m pytest tests/conversations tests/clinic tests/actions tests/desk tests/content > "$lane" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null || true' EXIT
echo "== End to end, browser, widget"
failed=0
.venv/bin/python -m pytest tests/e2e tests/browser tests/widget || failed=$?
echo "== Conversations, clinic runtime, contents"
wait "$beside" || failed=$?
trap - EXIT
cat "$lane"
exit "$failed"
