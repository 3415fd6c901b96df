"""Five changes in a copy of the project: each touches only what CONTRIBUTING.md names, and each works there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from clinic.keys import generate_key
from tests.e2e.servers import bot_python

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = (
    "actions", "bot", "clinic", "data", "scripts", "docs", "deploy", "config.yml", "domain.yml", "endpoints.yml",
    "endpoints.production.yml", "credentials.yml", "credentials.production.yml",
)  # fmt: skip


def named(row: str) -> list[str]:
    """The files and folders that the row of the table "Where new things go" names."""
    found = re.search(rf"^\| {re.escape(row)}[^|]* \| (.+) \|$", CONTRIBUTING, re.MULTILINE)
    assert found, f"CONTRIBUTING.md has no row '{row}'"
    return re.findall(r"`([\w/.-]+(?:/|\.\w+))`", found[1])


class Project:
    """A copy that a test changes and tries."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._before = self._hashes()

    def _hashes(self) -> dict[str, str]:
        files = (path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return {file.relative_to(self.root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    def change(self, path: str, old: str, new: str) -> None:
        """Replaces `old`, which stands there once."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def add_to(self, path: str, text: str) -> None:
        """Appends `text` to a file, or makes the file of it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write(text)

    def touched(self) -> set[str]:
        """The files that were changed or made since the copy."""
        now = self._hashes()
        return {file for file in {*now, *self._before} if now.get(file) != self._before.get(file)}

    def touches_only(self, *rows: str) -> None:
        """Fails where a file was touched that these rows do not name, or where one of them was named in vain."""
        names = [name for row in rows for name in named(row)]
        touched = self.touched()
        assert {file for file in touched if not file.startswith(tuple(names))} == set()
        assert [name for name in names if not any(file.startswith(name) for file in touched)] == []

    def _run(self, command: list[str], **settings: str) -> str:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("MARROW_")}
        given = {"MARROW_DATA_DIR": str(self.root.parent / "var"), "PYTHONDONTWRITEBYTECODE": "1"}
        # The copy's own defaults, as its start takes them.
        start = ["bash", "-euc", f'eval "$({sys.executable} -m scripts.environment)"; exec "$@"', "start"]
        done = subprocess.run(
            [*start, *command],
            cwd=self.root,
            env={**bare, **given, "PYTHONPATH": str(self.root), **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def clinic(self, script: str) -> None:
        """Runs a script with the copy's clinic."""
        self._run([sys.executable, "-c", CLINIC + script])

    def bot(self, script: str, settings: Mapping[str, str] | None = None) -> None:
        """Runs a script with the copy's bot."""
        self._run([bot_python(), "-W", "ignore", "-c", BOT + script], **(settings or {}))

    def is_checked(self) -> None:
        """Has the copy's content checked as `make check` does."""
        assert "The content is right." in self._run([bot_python(), "-W", "ignore", "-m", "bot", "check"])


# What the scripts share: the copy's own code, and an intake that stands at a question.
CLINIC = """
import asyncio, clinic
from pathlib import Path
assert Path(clinic.__file__).parent.parent == Path.cwd()
from actions.server import all_actions
from actions.services import Services
from clinic.bootstrap import bootstrap
from clinic.intake.model.state import IntakeState
from clinic.intake.model.turn import Turn

services = Services.build(bootstrap())
services.prepare_storage()
engine = services.engine

def at(question):
    consents = {"consent_privacy": {"version": "1", "given_at": services.now().isoformat(), "answer": "yes"}}
    answers = {"consent_privacy": "yes", "for_whom": "self", "full_name": "Ana Ruiz"}
    return IntakeState(answers=answers, open_question=question, consents=consents, history=tuple(answers))
"""
BOT = """
import bot
from pathlib import Path
assert Path(bot.__file__).parent.parent == Path.cwd()
from bot.importers.content import ContentImporter

importer = ContentImporter("config.yml", "domain.yml", ["data"])
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "marrow"
    root.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    return Project(root)


def test_the_question_of_the_country_gets_another_id(project: Project) -> None:
    project.change("data/intake.yml", "  - id: country\n", "  - id: home_country\n")
    project.touches_only("a question of the intake")
    project.is_checked()
    project.clinic("""
outcome = engine.take(at("home_country"), Turn("I live in Mexico"))
assert outcome.state.answers["home_country"] == "MX"
assert "action_ask_intake_form_home_country" in {action.name() for action in all_actions(services)}
""")
    project.bot("""
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from bot.safety.known import country_in

slots = importer.get_domain().slots
assert "country" not in {slot.name for slot in slots}
assert country_in(DialogueStateTracker.from_events("ana", [SlotSet("home_country", "PE")], slots=slots)) == "PE"
""")


def test_a_kind_of_question_is_added(project: Project) -> None:
    project.add_to("clinic/intake/kinds/postcode.py", POSTCODE)
    registry = "clinic/intake/kinds/registry.py"
    project.change(
        registry, "from clinic.intake.kinds.time_of_day", f"{POSTCODE_IMPORT}from clinic.intake.kinds.time_of_day"
    )
    project.change(
        registry,
        '    ("text", "name"): NameKind(),\n',
        '    ("text", "name"): NameKind(),\n    ("text", "postcode"): PostcodeKind(),\n',
    )
    project.change(
        "data/schemas/intake.schema.json", '"format": {"enum": ["name",', '"format": {"enum": ["name", "postcode",'
    )
    project.change("data/schemas/sentences.schema.json", '"required": [\n', '"required": [\n    "no_postcode",\n')
    project.change(
        "data/schemas/sentences.schema.json",
        '"properties": {\n',
        '"properties": {\n    "no_postcode": {"type": "string", "minLength": 1},\n',
    )
    project.add_to("data/language/en/sentences.yml", 'no_postcode: "A postcode has five digits."\n')
    project.touches_only("a kind of question", "a sentence of the intake")
    # A question of this kind, which is another row, shows that it works.
    project.change("data/intake.yml", "  - id: country\n", f"{POSTCODE_QUESTION}\n  - id: country\n")
    project.is_checked()
    project.clinic("""
refused = engine.take(at("postcode"), Turn("Baker Street"))
assert "A postcode has five digits." in [message.text for message in refused.messages], refused
assert "postcode" not in refused.state.answers
taken = engine.take(at("postcode"), Turn("it is 28 001"))
assert taken.state.answers["postcode"] == "28001"
assert taken.state.open_question == "date_of_birth", taken.state.open_question
""")
    project.bot('assert "postcode" in {slot.name for slot in importer.get_domain().slots}\n')


def test_an_intent_with_an_answer_is_a_digression_in_the_intake(project: Project) -> None:
    project.change("domain.yml", "intents:\n", "intents:\n  - parking:\n      use_entities: []\n")
    project.add_to(
        "data/nlu.yml",
        EXAMPLES,
    )
    project.add_to("data/responses.yml", '\n  utter_parking:\n    - text: "There is a rack beside the door."\n')
    answer = "  parking: {outside_a_form: utter_parking, in_a_form: utter_parking}\n"
    project.change("data/conversation.yml", "\nintents:\n", f"\nintents:\n{answer}")
    project.touches_only("an intent with an answer")
    project.is_checked()
    project.bot("""
rules = {step.block_name for step in importer.get_stories().story_steps}
assert {"answer parking outside a form", "answer parking in the middle of intake_form"} <= rules
data = importer.get_nlu_data()
assert sum(message.get("intent") == "parking" for message in data.training_examples) == 2
assert data.responses["utter_parking"][0]["text"] == "There is a rack beside the door."
""")
    project.clinic("""
heard = Turn("where can i leave my bike", intent="parking", confidence=0.97)
for question in ("country", "full_name", "symptoms"):
    state = at(question)
    outcome = engine.take(state, heard)
    assert outcome.status == "digression", (question, outcome)
    assert outcome.state.answers == state.answers
""")


def test_a_messaging_platform_is_added(project: Project) -> None:
    folder = "bot/channels/messaging/pigeon"
    project.add_to(f"{folder}/__init__.py", PIGEON)
    project.change(
        "bot/channels/messaging/capabilities.py",
        '        "slack": Capabilities(\n',
        f'        "pigeon": Capabilities(\n{PIGEON_CAPABILITIES}        ),\n        "slack": Capabilities(\n',
    )
    for file in ("credentials.yml", "credentials.production.yml"):
        project.add_to(file, PIGEON_CREDENTIALS)
    row = "| `MARROW_SLACK_TOKEN`, "
    project.change(
        "docs/settings.md", row, f"| `MARROW_PIGEON_TOKEN`, `MARROW_PIGEON_API_URL` | empty | Pigeon |\n{row}"
    )
    project.clinic("from scripts.settings_docs import main; main()")
    project.touches_only("a messaging platform")
    assert "MARROW_PIGEON_TOKEN=\n" in (project.root / "deploy" / "environment.example").read_text(encoding="utf-8")
    project.clinic("""
from clinic.doctor.environment import environment_findings
from scripts.environment import DEFAULTS
assert DEFAULTS["MARROW_PIGEON_TOKEN"] == ""
production = services.clinic.settings.model_copy(update={"environment": "production"})
findings = list(environment_findings(production, {"MARROW_PIGEON_TOKEN": "coo"}))
assert any(finding.subject == "MARROW_MESSAGING_KEY" for finding in findings), findings
""")
    settings = {
        "MARROW_PIGEON_TOKEN": "coo",
        "MARROW_MESSAGING_KEY": "k" * 40,
        "MARROW_TRACKER_KEY": generate_key(),
        "MARROW_SESSION_KEY": generate_key(),
        "MARROW_WEBSITE_ORIGINS": "https://www.clinic.example",
    }
    for file in ("credentials.yml", "credentials.production.yml"):
        project.bot(PIGEON_FLIES.replace("FILE", file), settings)


def test_a_custom_action_is_added(project: Project) -> None:
    project.add_to("actions/rack.py", RACK)
    project.change(
        "actions/server.py",
        "from actions.safety import",
        "from actions.rack import TellRack\nfrom actions.safety import",
    )
    project.change(
        "actions/server.py",
        "        Fallback(services),\n",
        "        Fallback(services),\n        TellRack(services),\n",
    )
    project.change("domain.yml", "actions:\n", "actions:\n  - action_tell_rack\n")
    project.change("data/conversation.yml", "outside_a_form: utter_thank", "outside_a_form: action_tell_rack")
    project.touches_only("a custom action")
    project.is_checked()
    project.bot("""
rules = {step.block_name: step for step in importer.get_stories().story_steps}
assert "action_tell_rack" in " ".join(map(str, rules["answer thank outside a form"].events))
assert "action_tell_rack" in importer.get_domain().action_names_or_texts
""")
    project.clinic("""
from actions.server import Executor
executor = Executor()
for action in all_actions(services):
    executor.register_function(action.name(), action.run)
tracker = {"sender_id": "ana", "slots": {}, "latest_message": {}, "events": [], "paused": False, "active_loop": {},
           "followup_action": None, "latest_action_name": None}
call = {"next_action": "action_tell_rack", "sender_id": "ana", "tracker": tracker, "domain": {}, "version": "3.6.21"}
said = asyncio.run(executor.run(call))
assert [response["text"] for response in said.responses] == ["There is a rack beside the door."], said
""")


EXAMPLES = """\
  - intent: parking
    examples: |
      - where can i leave my bike
      - is there a bike rack
"""
POSTCODE_IMPORT = "from clinic.intake.kinds.postcode import PostcodeKind\n"
POSTCODE = '''"""Reads a postcode of five digits."""

import re

from clinic.intake.kinds.base import Kind
from clinic.intake.model.result import Accepted


class PostcodeKind(Kind):
    """A postcode."""

    is_closed = True

    def parse(self, text, question, context, assertions=()):
        """Read five digits, in one or two groups."""
        found = re.search(r"\\b(\\d{2}) ?(\\d{3})\\b", text)
        return Accepted("".join(found.groups())) if found else context.refuse("no_postcode")
'''
POSTCODE_QUESTION = """\
  - id: postcode
    label: Postcode
    kind: text
    format: postcode
    required: true
    prompt: What is your postcode?
    help: Please type the five digits.
"""
PIGEON = '''"""Pigeon post."""

from bot.channels.messaging.channel import MessagingChannel
from bot.channels.messaging.inbound import Inbound, pick, read_json


class PigeonChannel(MessagingChannel):
    """Receives what pigeons bring."""

    title = "Pigeon"
    api = "https://pigeon.example"
    api_variable = "MARROW_PIGEON_API_URL"
    needed = {"token": "MARROW_PIGEON_TOKEN"}

    def __init__(self, token, api_url, shared):
        self.prepare(shared)
        self._token, self.sent = token, []

    @classmethod
    def name(cls):
        return "pigeon"

    def is_authentic(self, request):
        return request.headers.get("X-Pigeon") == self._token

    def read(self, request):
        call = read_json(request.body)
        said, bird = pick(call, "text", kind=str), pick(call, "bird", kind=str)
        return [Inbound(key=bird, channel="pigeon", user=bird, address=(bird,), kind="text", text=said)]

    async def send(self, address, message):
        self.sent.append((address, message.text))
'''
PIGEON_CAPABILITIES = """\
            title="Pigeon",
            signature="X-Pigeon",
            buttons=0,
            button_title=0,
            button_payload=0,
            text=60,
            related_topics=0,
            intake_in_chat=False,
            media=False,
"""
PIGEON_CREDENTIALS = """
bot.channels.messaging.pigeon.PigeonChannel:
  token: ${MARROW_PIGEON_TOKEN}
  api_url: ${MARROW_PIGEON_API_URL}
  messaging: *messaging
"""
# Rasa's own loader makes the channels, and a call goes through a server to the channel's route.
PIGEON_FLIES = """
import asyncio, socket
from types import SimpleNamespace
import aiohttp
from rasa.core.channels.channel import register
from rasa.core.run import create_http_input_channels
from sanic import Sanic

(channel,) = [each for each in create_http_input_channels(None, "FILE") if each.name() == "pigeon"]

async def answer(message):
    await message.output_channel.send_response(message.sender_id, {"text": "I heard: " + message.text + ". " * 30})

async def main():
    app = Sanic("pigeons", configure_logging=False)
    app.ctx.agent = SimpleNamespace(handle_message=answer)
    register([channel], app, route="/webhooks/")
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    server = await app.create_server(sock=bound, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.after_start()
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/webhooks/pigeon/webhook"
    async with aiohttp.ClientSession() as session:
        for token, status in (("crow", 403), ("coo", 200)):
            async with session.post(url, json={"bird": "FILE", "text": "coo"}, headers={"X-Pigeon": token}) as reply:
                assert reply.status == status
    await channel.conversations.drain()
    assert channel.sent[0] == (("FILE",), "I heard: coo." + " ." * 23), channel.sent
    assert len(channel.sent) == 2, channel.sent
    await server.before_stop()

asyncio.run(main())
"""
RACK = '''"""Where a bike can stand."""

from actions.base import ClinicAction


class TellRack(ClinicAction):
    """Says it."""

    action_name = "action_tell_rack"

    def __init__(self, services):
        self._services = services

    def act(self, dispatcher, tracker):
        """Says where the rack is."""
        dispatcher.utter_message(text="There is a rack beside the door.")
        return []
'''
