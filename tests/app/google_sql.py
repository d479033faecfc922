"""Google's own SQL engine over the contract's table: it resolves statements, and runs them.

The engine is ZetaSQL compiled to WebAssembly. It knows BigQuery's names and types, and evaluates
what BigQuery would; it knows nothing of partitions.
"""

from datetime import UTC

import zetasql.core.wasm_client
from google.protobuf.timestamp_pb2 import Timestamp
from wasmtime import Config
from zetasql import types
from zetasql.api import Analyzer, CatalogBuilder, TableBuilder
from zetasql.core.exceptions import ServerError
from zetasql.core.local_service import ZetaSqlLocalService, local_service_pb2
from zetasql.types import TypeKind

from local.layout import ROOT

KINDS = {
    "BOOL": TypeKind.TYPE_BOOL,
    "BOOLEAN": TypeKind.TYPE_BOOL,
    "FLOAT": TypeKind.TYPE_DOUBLE,
    "FLOAT64": TypeKind.TYPE_DOUBLE,
    "INTEGER": TypeKind.TYPE_INT64,
    "INT64": TypeKind.TYPE_INT64,
    "JSON": TypeKind.TYPE_JSON,
    "STRING": TypeKind.TYPE_STRING,
    "TIMESTAMP": TypeKind.TYPE_TIMESTAMP,
}
FIELDS = {
    TypeKind.TYPE_BOOL: "bool_value",
    TypeKind.TYPE_DOUBLE: "double_value",
    TypeKind.TYPE_INT64: "int64_value",
    TypeKind.TYPE_JSON: "json_value",
    TypeKind.TYPE_STRING: "string_value",
    TypeKind.TYPE_TIMESTAMP: "timestamp_value",
}


class SqlError(Exception):
    """Google's analyzer refuses the statement."""


def keep_compiled(folder=ROOT / ".cache" / "wasmtime"):
    """Let the engine be compiled once, which takes half a minute, and not by every process."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "config.toml"
    if not settings.exists():
        settings.write_text(f'[cache]\ndirectory = "{folder / "modules"}"\n')

    def cached():
        config = Config()
        config.cache = str(settings)
        return config

    zetasql.core.wasm_client.Config = cached


class GoogleSql:
    """The engine with one table in its catalog."""

    def __init__(self, table, contract):
        keep_compiled()
        self._table = table
        self._names = {}
        self._columns = contract.columns
        self._language = types.LanguageOptions.maximum_features()
        described = TableBuilder(table)
        for column in contract.columns:
            described.add_column(column.name, KINDS[column.type])
        functions = types.ZetaSQLBuiltinFunctionOptions(language_options=self._language)
        catalog = CatalogBuilder("test").add_table(described.build())
        self._catalog = catalog.with_builtin_functions(functions).build()

    def resolve(self, sql, parameters):
        """Resolve a statement whose parameters are (name, type, value); returns its columns.

        Raises:
            SqlError: a name, a type or the grammar is wrong.
        """
        try:
            resolved = Analyzer(self._options(parameters), self._catalog).analyze_statement(sql)
        except ServerError as exc:
            raise SqlError(str(exc)) from exc
        return [column.name for column in resolved.output_column_list]

    def run(self, sql, parameters, rows):
        """Run a query over rows (objects by column name); returns a list of objects."""
        cells = [
            [_value(column.type, row.get(column.name)) for column in self._columns] for row in rows
        ]
        data = types.TableData(row=[types.TableData.Row(cell=row) for row in cells])
        request = types.EvaluateQueryRequest(
            sql=sql,
            options=self._options(parameters),
            simple_catalog=self._catalog,
            table_content={self._table: types.TableContent(table_data=data)},
            params=[
                types.Parameter(name=name, value=_value(type_, value))
                for name, type_, value in parameters
            ],
        )
        # The library's own method would lose the timestamps.
        answer = ZetaSqlLocalService.get_instance().wasm_client.call_grpc_func(
            "ZetaSqlLocalService_EvaluateQuery",
            request.to_proto(),
            local_service_pb2.EvaluateQueryResponse,
        )
        if sql not in self._names:
            self._names[sql] = self.resolve(sql, parameters)
        return [
            dict(zip(self._names[sql], map(_python, row.cell), strict=True))
            for row in answer.content.table_data.row
        ]

    def _options(self, parameters):
        declared = [
            types.AnalyzerOptions.QueryParameter(name=name, type=types.Type(type_kind=KINDS[type_]))
            for name, type_, _ in parameters
        ]
        return types.AnalyzerOptions(language_options=self._language, query_parameters=declared)


def _value(type_, value):
    if value is None:
        return types.Value()
    if KINDS[type_] == TypeKind.TYPE_TIMESTAMP:
        moment = Timestamp()
        moment.FromDatetime(value)
        value = moment
    return types.Value(**{FIELDS[KINDS[type_]]: value})


def _python(cell):
    field = cell.WhichOneof("value")
    value = getattr(cell, field) if field else None
    return value.ToDatetime(UTC) if field == "timestamp_value" else value
