"""A trained model carries everything it needs: it understands messages in a folder without the project's data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "marrow.tar.gz"
PARSE = """
import asyncio, json, sys
from rasa.core.agent import Agent
from bot.safety import current
agent = Agent.load(sys.argv[1])
parsed = [asyncio.run(agent.parse_message(text)) for text in sys.argv[2:]]
print("RESULT", json.dumps([*parsed, current.texts().reply("crisis", "GB", "fr")]))
"""


def test_a_model_understands_without_the_projects_data(tmp_path):
    assert MODEL.exists(), "no trained model: run `make train`"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR", "RASA_TELEMETRY_ENABLED": "false"}
    texts = ["is lupus contagious?", "I take plaquenil and my knees hurt", "my throat is closing and I can't breathe"]
    run = subprocess.run(
        [sys.executable, "-c", PARSE, str(MODEL), *texts],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT "))
    question, statement, emergency, reply = json.loads(line.removeprefix("RESULT "))
    assert question["intent"]["name"] == "faq"
    assert question["response_selector"]["faq"]["response"]["intent_response_key"] == "faq/lupus_contagious"
    assert "hydroxychloroquine" in {entity["value"] for entity in statement["entities"]}
    assert emergency["intent"]["name"] == "emergency"
    assert reply["text"].startswith("Contactez le 116 123 (Samaritans")
