#!/usr/bin/env bash
# The whole suite. A part that fails does not keep the others from running: one run shows all that is wrong.
set -uo pipefail
cd "$(dirname "$0")/.."
# Hundreds of processes are started here: each would compile our modules anew.
unset PYTHONDONTWRITEBYTECODE
export PYTHONUNBUFFERED=1 MARROW_CACHE_DIR="${MARROW_CACHE_DIR:-.cache}"
environment="$(.venv/bin/python -m scripts.environment)" || exit
eval "$environment"

wrong=()
part() {  # part NAME COMMAND...
    echo "== $1"
    "${@:2}" || wrong+=("$1")
}

part "Widget" bash scripts/test_widget.sh
# Whole files to each worker: what a file shares (models, servers) is made once. Four workers at most: each may hold a model.
part "Bot runtime" .venv-bot/bin/python -m pytest -c tests/bot/pytest.ini tests/bot -n auto --maxprocesses 4 --dist loadfile
part "Rasa: data validation" .venv-bot/bin/python -m bot data validate --fail-on-warnings
part "Rasa: test stories" .venv-bot/bin/python -m bot test core --model models/marrow.tar.gz --stories tests/stories \
    --fail-on-prediction-errors --out reports/core --no-plot

# Two lanes at once, which take about the same time on two processors; nothing in one of them needs the other.
mkdir -p reports
lane=reports/conversations.txt
echo "== Conversations, clinic runtime, desk, browser (beside the rest; shown when that has ended)"
.venv/bin/python -m pytest tests/conversations tests/clinic tests/desk tests/browser > "$lane" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null || true' EXIT
part "End to end, actions, contents, widget" .venv/bin/python -m pytest tests/e2e tests/actions tests/content tests/widget
part "Conversations, clinic runtime, desk, browser" wait "$beside"
trap - EXIT
cat "$lane"

if [ ${#wrong[@]} -gt 0 ]; then
    printf 'Failed: %s\n' "${wrong[@]}" >&2
    exit 1
fi
