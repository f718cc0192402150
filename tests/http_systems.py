"""Another system that asks the API over HTTP, and checks every answer that comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from api.http import PREFIX
from api.http.document import build


class System:
    """A client of the API with a token, or with none."""

    def __init__(self, app: Flask, secret: str = "") -> None:
        self.app = app
        self.client = app.test_client(use_cookies=False)
        self.origin = app.extensions["config"].origin
        self.secret = secret

    def ask(
        self,
        method: str,
        path: str,
        said: object = None,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> TestResponse:
        """Ask, and check what holds for every answer."""
        sent = dict(headers or {})
        if self.secret:
            sent.setdefault("Authorization", f"Bearer {self.secret}")
        if said is not None:
            data = json.dumps(said).encode()
        if data is not None:
            sent.setdefault("Content-Type", content_type)
        response = self.client.open(
            PREFIX + path,
            method=method,
            base_url=self.origin,
            headers=sent,
            data=data,
            buffered=True,
        )
        assert response.headers["Cache-Control"] in ("no-store", "no-cache")
        assert "Set-Cookie" not in response.headers
        if response.status_code >= 400:
            problem = response.get_json()
            assert response.mimetype == "application/problem+json"
            assert problem["status"] == response.status_code
            assert set(problem) - {"field"} == {"type", "title", "status", "detail"}
            assert "ETag" not in response.headers
        return response

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        """Read, and give what is answered."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.ask("GET", path, headers=named)
        assert response.status_code == status, response.text
        return response.get_json() if response.data else None

    def send(self, method: str, path: str, said: object, status: int, key: str = "") -> Any:
        """Send JSON, and give what is answered."""
        headers = {"Idempotency-Key": key} if key else {}
        response = self.ask(method, path, said, headers=headers)
        assert response.status_code == status, response.text
        return response.get_json()


def documented(method: str, path: str) -> set[int]:
    """The statuses that the document gives for an operation."""
    responses = build()["paths"][path][method.lower()]["responses"]
    return {int(status) for status in responses}
