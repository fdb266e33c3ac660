"""Asking for exports and reading them."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from hedgerow.exports.models import ExportedAsset
from hedgerow.work.worker import do_waiting_jobs
from tests.queries.asking import Api

CSV, XLSX, JSON = "text/csv", ExportedAsset.Format.XLSX.value, "application/json"
PNG, PDF = "image/png", "application/pdf"


def hogql(text: str) -> dict[str, Any]:
    """A context that exports the answer to HogQL."""
    return {"source": {"kind": "HogQLQuery", "query": text}}


@dataclass
class Exports:
    """The exports of a project, as one caller sees them."""

    api: Api

    def ask(self, export_format: str, context: Any = None, **fields: Any) -> HttpResponse:
        """Ask for an export."""
        body = {"export_format": export_format, **fields}
        return self.api.send("POST", "exports/", body if context is None else {**body, "export_context": context})

    def make(self, export_format: str, context: Any = None, **fields: Any) -> dict[str, Any]:
        """The export after its job has been done."""
        answer = self.ask(export_format, context, **fields)
        assert answer.status_code == 201, answer.content.decode()
        do_waiting_jobs()
        return self.get(answer.json()["id"])

    def get(self, export_id: int) -> dict[str, Any]:
        """An export."""
        answer = self.api.send("GET", f"exports/{export_id}/")
        assert answer.status_code == 200, answer.content.decode()
        found: dict[str, Any] = answer.json()
        return found

    def content(self, export_id: int, query: str = "", **headers: str) -> HttpResponse:
        """The answer with the file."""
        headers = {"Authorization": f"Bearer {self.api.key}", **headers}
        path = f"/api/projects/{self.api.project.pk}/exports/{export_id}/content/{query}"
        return self.api.client.get(path, headers=headers)  # type: ignore[return-value]

    def file(self, export_format: str, context: Any = None, **fields: Any) -> bytes:
        """The bytes of a new export."""
        made = self.make(export_format, context, **fields)
        assert made["exception"] is None, made
        assert made["has_content"] is True
        return read(self.content(made["id"]))

    def table(self, context: Any = None, **fields: Any) -> list[list[str]]:
        """The cells of a new CSV file."""
        return list(csv.reader(io.StringIO(self.file(CSV, context, **fields).decode(), newline="")))

    def failure(self, export_format: str, context: Any = None, **fields: Any) -> str:
        """Why there is no file."""
        made = self.make(export_format, context, **fields)
        assert made["has_content"] is False
        assert self.content(made["id"]).status_code == 404
        return str(made["exception"])


def read(answer: Any) -> bytes:
    """The bytes of an answer that is sent piece by piece."""
    assert answer.status_code in (200, 206), answer
    return b"".join(answer.streaming_content)
