"""Sets up a project for the pipeline, as a person, once: `make bootstrap`. It is safe to repeat.

Terraform cannot make Google's service agents with this provider, and its state cannot begin in a
bucket that it has yet to make, so both are done around it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FIRST_APIS = (
    "artifactregistry",
    "binaryauthorization",
    "cloudresourcemanager",
    "iam",
    "pubsub",
    "run",
    "serviceusage",
    "storage",
)
"""What Terraform needs to enable the rest, what has an agent to make, and what lists buckets."""
AGENTS = ("artifactregistry", "binaryauthorization", "pubsub", "run")
"""Services whose agent has to be there before it would come by itself: for a grant of ours, or
(Binary Authorization's) to read the first attestation."""
LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'


class BootstrapError(Exception):
    """The set-up cannot go on; the text says what to do, and then to run it again."""


class Bootstrap:
    """One project's set-up, in the folder that holds `terraform/`."""

    def __init__(self, root: Path, *, approve: bool = False) -> None:
        """Describe it; `approve` applies the plan without asking, for a rehearsal."""
        self._folder = root / "terraform" / "bootstrap"
        self._handovers = {
            root / "terraform" / "foundation.auto.tfvars.json": "pipeline_variables",
            root / "terraform" / "posture.json": "posture",
        }
        self._override = self._folder / "backend_override.tf"
        self._state = self._folder / "terraform.tfstate"
        self._terraform_program = os.environ.get("TERRAFORM") or "terraform"
        self._approve = approve

    def run(self) -> dict[str, Any]:
        """Set the project up, or bring it up to date.

        Returns:
            The outputs of the root, by name.

        Raises:
            BootstrapError: a program is missing, or one said no.
        """
        if not (self._folder / "terraform.tfvars").exists():
            raise BootstrapError(
                "terraform/bootstrap/terraform.tfvars is missing: copy terraform.tfvars.example "
                "beside it and fill it in"
            )
        self._use_local_state()
        project = self._variable("project_id")
        bucket = f"{project}-bootstrap-state-{self._variable('suffix')}"
        self._prepare(project)
        moved = not self._has_local_resources() and self._exists(project, bucket)
        if moved:
            self._use_bucket(bucket)
        self._terraform("apply", *(["-auto-approve"] if self._approve else []))
        if not moved:
            self._move_state(bucket)
        outputs = self._outputs()
        for path, name in self._handovers.items():
            path.write_text(json.dumps(outputs[name], indent=2) + "\n")
        return outputs

    def _prepare(self, project: str) -> None:
        apis = [f"{name}.googleapis.com" for name in FIRST_APIS]
        self._call("gcloud", "services", "enable", *apis, f"--project={project}")
        for name in AGENTS:
            agent = ("services", "identity", "create", f"--service={name}.googleapis.com")
            self._call("gcloud", "beta", *agent, f"--project={project}", "--quiet")

    def _exists(self, project: str, bucket: str) -> bool:
        # A list, and not a look at the one bucket, since that fails alike when it is missing and
        # when it is out of reach.
        buckets = ("storage", "buckets", "list", f"--project={project}", "--format=value(name)")
        return bucket in self._read("gcloud", *buckets).split()

    def _use_local_state(self) -> None:
        self._override.write_text(LOCAL_BACKEND)
        self._terraform("init", "-input=false", "-reconfigure")

    def _use_bucket(self, bucket: str) -> None:
        self._override.unlink()
        self._terraform("init", "-input=false", "-reconfigure", *_backend(bucket))

    def _move_state(self, bucket: str) -> None:
        before = self._pull()
        self._override.unlink()
        self._terraform("init", "-input=false", "-migrate-state", "-force-copy", *_backend(bucket))
        # Whether it is in the bucket is told by Terraform's own note of where it keeps its state.
        kept = json.loads((self._folder / ".terraform" / "terraform.tfstate").read_text())
        if kept["backend"]["type"] != "gcs" or self._pull() != before:
            raise BootstrapError(f"the state did not arrive in gs://{bucket}; {self._state} has it")
        # It holds the same in the clear on this machine.
        for left in (self._state, self._state.with_suffix(".tfstate.backup")):
            left.unlink(missing_ok=True)

    def _pull(self) -> tuple[str, list[Any]]:
        state = json.loads(self._read_terraform("state", "pull"))
        return state["lineage"], state["resources"]

    def _has_local_resources(self) -> bool:
        if not self._state.exists():
            return False
        return bool(json.loads(self._state.read_text() or "{}").get("resources"))

    def _outputs(self) -> dict[str, Any]:
        raw = json.loads(self._read_terraform("output", "-json"))
        return {name: output["value"] for name, output in raw.items()}

    def _variable(self, name: str) -> str:
        """Read a variable as Terraform does, whatever file or environment it comes from."""
        value = self._read_terraform("console", given=f"var.{name}\n")
        return str(json.loads(value))

    def _terraform(self, *arguments: str) -> None:
        self._call(self._terraform_program, f"-chdir={self._folder}", *arguments)

    def _read_terraform(self, *arguments: str, given: str = "") -> str:
        command = (self._terraform_program, f"-chdir={self._folder}", *arguments)
        return self._read(*command, given=given)

    def _call(self, *command: str) -> None:
        print("$", *command, flush=True)
        _finish(command, subprocess.run(_found(command), check=False))

    def _read(self, *command: str, given: str = "") -> str:
        done = subprocess.run(
            _found(command), check=False, input=given, stdout=subprocess.PIPE, text=True
        )
        _finish(command, done)
        return done.stdout


def _backend(bucket: str) -> tuple[str, str]:
    return f"-backend-config=bucket={bucket}", "-backend-config=prefix=bootstrap"


def _found(command: Sequence[str]) -> Sequence[str]:
    if shutil.which(command[0]) is None:
        raise BootstrapError(f"{command[0]} is not installed")
    return command


def _finish(command: Sequence[str], done: "subprocess.CompletedProcess[Any]") -> None:
    if done.returncode:
        raise BootstrapError(
            f"`{' '.join(command[:4])} ...` failed, see above. A new API, account or agent is not "
            "known everywhere at once: wait a minute and run make bootstrap again"
        )


def main() -> None:
    """Set up the project that terraform/bootstrap/terraform.tfvars names, and say what is next."""
    try:
        outputs = Bootstrap(ROOT).run()
    except BootstrapError as exc:
        sys.exit(f"make bootstrap: {exc}")
    print("\nIn the repository's settings on GitHub, as variables of Actions:")
    for name, value in outputs["github"].items():
        print(f"  {name}={value}")
    print("and environments, each for the branch main alone, `production` with reviewers:")
    for name in outputs["environments"]:
        print(f"  {name}")
    print("Then commit terraform/foundation.auto.tfvars.json and terraform/posture.json.")
    print("Go on with docs/deploy.md.")


if __name__ == "__main__":
    main()
