"""deploy/kubernetes: fits Kubernetes' own definitions, runs without rights, and names only what exists.

`kubernetes.schema.json` holds the definitions of Kubernetes 1.37 (Apache-2.0), as the package kubernetes-validate has
them, of the kinds used, without their descriptions. No cluster is needed, and none has run the manifests.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tests.content.test_images import compose

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
SCHEMA = json.loads(Path(__file__).with_name("kubernetes.schema.json").read_text(encoding="utf-8"))


KNOWN = set(re.findall(r"`(MARROW_\w+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))


def read(file: Path) -> list[dict[str, Any]]:
    return [dict(part) for part in YAML(typ="safe", pure=True).load_all(file.read_text(encoding="utf-8"))]


RESOURCES = read(FOLDER / "kustomization.yaml")[0]["resources"]
MANIFESTS = {f"{part['kind']} {part['metadata']['name']}": part for file in RESOURCES for part in read(FOLDER / file)}


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in MANIFESTS.items():
        if part["kind"] in ("Deployment", "Job"):
            yield name, part["spec"]["template"]["spec"]


def problems(part: dict[str, Any]) -> list[str]:
    schema = {"$ref": f"#/definitions/{SCHEMA['kinds'][part['kind']]}", "definitions": SCHEMA["definitions"]}
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(schema).iter_errors(part)]


@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_a_manifest_fits_kubernetes_definitions(name: str) -> None:
    assert problems(MANIFESTS[name]) == []


def test_a_wrong_manifest_does_not() -> None:
    for path, value in (
        (("spec", "replicas"), "two"),
        (("spec", "template", "spec", "containers", 0, "readinesProbe"), {}),
        (("spec", "template", "spec", "containers", 0, "securityContext", "runAsNonroot"), True),
    ):
        wrong: Any = copy.deepcopy(MANIFESTS["Deployment bot"])
        place = wrong
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert problems(wrong), path


def test_all_files_are_applied() -> None:
    assert set(RESOURCES) == {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


@pytest.mark.parametrize(("name", "pod"), list(pods()), ids=[name for name, _ in pods()])
def test_a_pod_has_no_rights_and_gets_its_secrets_as_files(name: str, pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    rights = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert container["securityContext"] == rights
    assert container["resources"]["limits"]["memory"]
    (secrets,) = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
    files = {f"/run/secrets/marrow/{item['path']}" for item in secrets["items"]}
    assert {item["key"] for item in secrets["items"]} <= set(compose()["secrets"]), (
        "deploy/compose/make-secrets makes it"
    )
    own = {variable["name"]: variable["value"] for variable in container.get("env", [])}
    settings = {**MANIFESTS["ConfigMap marrow"]["data"], **own}
    for variable, value in settings.items():
        assert variable.removesuffix("_FILE") in KNOWN, variable
        if variable.endswith("_FILE") and value:
            assert value in files, f"{name} has no {value}"


@pytest.mark.parametrize("name", ["bot", "actions", "desk"])
def test_a_server_is_probed_and_never_all_of_it_is_away(name: str) -> None:
    deployment = MANIFESTS[f"Deployment {name}"]["spec"]
    (container,) = deployment["template"]["spec"]["containers"]
    probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")]
    assert probes == ["/ready", "/ready", "/live"]
    assert deployment["replicas"] >= 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    budget = MANIFESTS[f"PodDisruptionBudget {name}"]["spec"]
    for selects in (budget["selector"]["matchLabels"], MANIFESTS[f"Service {name}"]["spec"]["selector"]):
        assert selects == deployment["template"]["metadata"]["labels"]


def test_only_the_chat_and_the_widget_are_open() -> None:
    paths = [path["path"] for path in MANIFESTS["Ingress chat"]["spec"]["rules"][0]["http"]["paths"]]
    ours = re.findall(r"location (/\w+/) ", (ROOT / "deploy/nginx/marrow.conf").read_text())
    assert paths == ours
    told = MANIFESTS["Ingress chat"]["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-next-upstream"]
    assert f"proxy_next_upstream {told};" in (ROOT / "deploy/nginx/marrow.conf").read_text()
    assert MANIFESTS["NetworkPolicy nobody"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
