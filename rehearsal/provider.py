"""The provider of a rehearsal: the google provider's schema, and a cloud that is a folder.

It proves a configuration's logic, never the cloud's answer. `attachment.py` starts it. Source:
Terraform's docs/resource-instance-change-lifecycle.md, for who may change which value when.
"""

import json
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from tf.gen import grpc_stdio_pb2_grpc as output
from tf.gen import tfplugin_pb2 as pb
from tf.gen import tfplugin_pb2_grpc as rpc

from rehearsal import knowledge, values
from rehearsal.messages import decode, encode, error, misuses, schema
from rehearsal.values import UNKNOWN, Values, known
from rehearsal.world import World

Described = dict[str, Any]


class Provider(rpc.ProviderServicer):  # type: ignore[misc]  # the package carries no types
    """Answers Terraform; a request's and an answer's fields are the protocol's."""

    def __init__(self, described: Described, world: World | None) -> None:
        self.described = described
        self.world = world
        self.configuration: Values = {}
        kinds = ("resource_schemas", "data_source_schemas")
        self.schemas = pb.GetProviderSchema.Response(
            provider=schema(described["provider"]),
            provider_meta=pb.Schema(block=pb.Schema.Block()),
            server_capabilities=pb.ServerCapabilities(get_provider_schema_optional=True),
            **{of: {k: schema(v) for k, v in described[of].items()} for of in kinds},
        )

    def _note(self, operation: str, kind: str, identifier: str | None, **more: Any) -> None:
        if self.world is not None:
            self.world.note(operation, kind, identifier, **more)

    def _block(self, kind: str, of: str = "resource_schemas") -> Described:
        block: Described = self.described[of][kind]["block"]
        return block

    def GetProviderSchema(self, request: Any, context: Any) -> Any:
        """Tell the types that the roots name."""
        return self.schemas

    def ValidateProviderConfig(self, request: Any, context: Any) -> Any:
        """Terraform has compared it with the schema."""
        return pb.ValidateProviderConfig.Response()

    def ValidateResourceConfig(self, request: Any, context: Any) -> Any:
        """Terraform has compared it with the schema, but for one rule."""
        block = self._block(request.type_name)
        wrong = misuses(block, decode(request.config))
        return pb.ValidateResourceConfig.Response(diagnostics=wrong)

    def ValidateDataResourceConfig(self, request: Any, context: Any) -> Any:
        """As for a resource."""
        block = self._block(request.type_name, "data_source_schemas")
        wrong = misuses(block, decode(request.config))
        return pb.ValidateDataResourceConfig.Response(diagnostics=wrong)

    def UpgradeResourceState(self, request: Any, context: Any) -> Any:
        """There is one version of the schema only."""
        state = pb.DynamicValue(json=request.raw_state.json)
        return pb.UpgradeResourceState.Response(upgraded_state=state)

    def ConfigureProvider(self, request: Any, context: Any) -> Any:
        """Remember project and region; aliases share one memory, and credentials are not read."""
        given = decode(request.config) or {}
        self.configuration = {name: value for name, value in given.items() if known(value)}
        return pb.ConfigureProvider.Response()

    def ReadResource(self, request: Any, context: Any) -> Any:
        """Tell what the world has, so that drift is seen."""
        state = decode(request.current_state)
        if self.world is not None:
            self._note("read", request.type_name, state["id"])
            state = self.world.get(request.type_name, state["id"])
        return pb.ReadResource.Response(new_state=encode(state), private=request.private)

    def PlanResourceChange(self, request: Any, context: Any) -> Any:
        """Leave unknown what only the cloud can choose."""
        kind = request.type_name
        prior, proposed = decode(request.prior_state), decode(request.proposed_new_state)
        replaced: list[str] = []
        if proposed is not None:
            knowledge.protect(kind, proposed)
            if proposed != prior:
                proposed = self._planned(kind, proposed)
            if prior is not None:
                names = knowledge.names(kind)
                replaced = [name for name in names if proposed.get(name) != prior.get(name)]
        steps = [[pb.AttributePath.Step(attribute_name=name)] for name in replaced]
        return pb.PlanResourceChange.Response(
            planned_state=encode(proposed),
            planned_private=request.prior_private,
            requires_replace=[pb.AttributePath(steps=step) for step in steps],
            # As Google's own, which may plan what the configuration does not say.
            legacy_type_system=True,
        )

    def _planned(self, kind: str, proposed: Values) -> Values:
        block = self._block(kind)
        told = knowledge.told(kind, block, proposed, self.configuration)
        planned = values.filled(block, proposed, values.planned)
        return {
            name: told.get(name, value)
            if value is UNKNOWN or name in knowledge.FOLLOWING
            else value
            for name, value in planned.items()
        }

    def ApplyResourceChange(self, request: Any, context: Any) -> Any:
        """Do it in the world, and refuse what the real one would refuse."""
        kind = request.type_name
        prior, planned = decode(request.prior_state), decode(request.planned_state)
        if planned is None:
            new, refusal = None, self._delete(kind, prior)
        else:
            new = self._applied(kind, planned)
            refusal = self._write(kind, prior, new)
        return pb.ApplyResourceChange.Response(
            new_state=encode(prior if refusal else new),
            private=request.planned_private,
            diagnostics=refusal,
            legacy_type_system=True,
        )

    def _applied(self, kind: str, planned: Values) -> Values:
        told = knowledge.told(kind, self._block(kind), planned, self.configuration)
        told.setdefault("id", f"rehearsed-{uuid.uuid4()}")
        new = {
            name: told.get(name, value) if value is UNKNOWN else value
            for name, value in planned.items()
        }
        new |= {k: v for k, v in knowledge.chosen(kind, new).items() if k in new}
        return values.filled(self._block(kind), new, values.applied)

    def _write(self, kind: str, prior: Values | None, new: Values) -> list[Any]:
        if self.world is None:
            return []
        identifier = new["id"]
        if prior is None:
            there = self.world.record(kind, identifier)
            if there is not None and not knowledge.SHARED.search(kind):
                gone = ", and its name stays taken after a destroy" if there["deleted"] else ""
                return error(f"{kind} {identifier} already exists{gone}")
            self._note("create", kind, identifier)
        else:
            changed = sorted(name for name in new if new[name] != prior.get(name))
            self._note("update", kind, identifier, changed=changed)
        self.world.put(kind, identifier, new)
        return []

    def _delete(self, kind: str, prior: Values) -> list[Any]:
        identifier, policy = prior["id"], prior.get("deletion_policy")
        if prior.get("deletion_protection") is True or policy == "PREVENT":
            return error(
                f"cannot destroy {kind} {identifier}",
                'Apply deletion_protection = false and another deletion_policy than "PREVENT" '
                "first.",
            )
        if self.world is not None and policy != "ABANDON":
            self._note("delete", kind, identifier)
            if kind in knowledge.NAMES_STAY_TAKEN:
                self.world.put(kind, identifier, prior, deleted=True)
            else:
                self.world.remove(kind, identifier)
        return []

    def ImportResourceState(self, request: Any, context: Any) -> Any:
        """Take over what the world has."""
        kind = request.type_name
        there = self.world.get(kind, request.id) if self.world is not None else None
        if there is None:
            refusal = error(f"{kind} {request.id} is not there")
            return pb.ImportResourceState.Response(diagnostics=refusal)
        imported = pb.ImportResourceState.ImportedResource(type_name=kind, state=encode(there))
        return pb.ImportResourceState.Response(imported_resources=[imported])

    def ReadDataSource(self, request: Any, context: Any) -> Any:
        """Answer from what every project has, and from the world."""
        kind, state = request.type_name, decode(request.config)
        block = self._block(kind, "data_source_schemas")
        told = knowledge.told(kind, block, state, self.configuration)
        told |= knowledge.found(kind, state, self.configuration)
        there = self.world.get(kind, str(told.get("id"))) if self.world is not None else None
        self._note("data", kind, told.get("id"))
        for name, value in (told | (there or {})).items():
            if name in state and state[name] is None:
                state[name] = value
        state = values.filled(block, values.filled(block, state, values.planned), values.applied)
        return pb.ReadDataSource.Response(state=encode(state))

    def StopProvider(self, request: Any, context: Any) -> Any:
        """Nothing here takes long."""
        return pb.StopProvider.Response()


class _Output(output.GRPCStdioServicer):  # type: ignore[misc]  # as above
    """Terraform asks every plugin for what it prints."""

    def StreamStdio(self, request: Any, context: Any) -> Any:
        """Print nothing."""
        return iter(())


def main() -> None:
    """Serve `SCHEMA.json SOCKET [WORLD]` until standard input ends, as it does when we are left."""
    described, socket, *world = (Path(argument) for argument in sys.argv[1:])
    read = json.loads(described.read_text("utf-8"))
    server = grpc.server(ThreadPoolExecutor(16))
    rpc.add_ProviderServicer_to_server(Provider(read, World(world[0]) if world else None), server)
    output.add_GRPCStdioServicer_to_server(_Output(), server)
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    print("ready", flush=True)
    sys.stdin.read()
    server.stop(grace=None)


if __name__ == "__main__":
    main()
