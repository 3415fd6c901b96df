"""The Rasa component: trained, stored, loaded elsewhere."""

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clinical.component import ClinicalEntities
from tests.bot.nlu.clinical.conftest import LEXICON, SCHEMA


def test_a_stored_component_works_without_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = LocalModelStorage(tmp_path)
    context = ExecutionContext(GraphSchema({}))
    resource = Resource("clinical")
    config = {"lexicon": str(LEXICON), "schema": str(SCHEMA)}
    ClinicalEntities.create(config, storage, resource, context).train(TrainingData())

    monkeypatch.chdir(tmp_path)
    loaded = ClinicalEntities.load(ClinicalEntities.get_default_config(), storage, resource, context)
    message = Message(data={TEXT: "I take Plaquenil", ENTITIES: [{"entity": "other"}]})
    loaded.process([message, Message(data={TEXT: ""})])

    entities = message.get(ENTITIES)
    assert entities[0] == {"entity": "other"}
    told = [(said["value"], said["governor"]) for said in message.get("assertions")]
    assert told == [("hydroxychloroquine", "takes")]
    assert message.as_dict(only_output_properties=True)["assertions"] == message.get("assertions")
    assert (entities[1]["entity"], entities[1]["value"]) == ("medication", "hydroxychloroquine")


def test_a_changed_lexicon_is_trained_anew(tmp_path: Path) -> None:
    (tmp_path / "symptoms.yml").write_text("a", encoding="utf-8")
    config = {"lexicon": str(tmp_path), "schema": str(SCHEMA)}
    before = ClinicalEntities.fingerprint_addon(config)
    (tmp_path / "symptoms.yml").write_text("b", encoding="utf-8")
    assert ClinicalEntities.fingerprint_addon(config) != before
