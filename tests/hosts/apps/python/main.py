# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service that is well, 200 on /, once its database answers, and 503 until then. `uvicorn main:app` serves it."""

from __future__ import annotations

import json
import os
import time

import boto3
import botocore.exceptions
from fastapi import FastAPI
from fastapi import Response

from database import Down
from database import greet

app = FastAPI(title="groundwork sample")
said: list[str] = [""]  # what was said last: its log says each change once


def secret() -> dict[str, str]:
    """The database's secret, read each time: a rotation changes it behind the application's back.

    Region and credentials are found by the SDK: those of the instance's role, on a host.
    """
    if not (name := os.environ.get("DATABASE_SECRET_ID")):
        raise Down("DATABASE_SECRET_ID is not set")
    try:
        return json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise Down(f"the secret cannot be read: {error}") from None


@app.get("/")
def health(response: Response) -> dict[str, str]:
    """Whether the database answers."""
    try:
        place = secret()
        greet(place["host"], int(place["port"]))
        outcome = {"status": "UP"}
    except Down as down:
        response.status_code = 503
        outcome = {"status": "DOWN", "reason": str(down)}
    if said[0] != (now := json.dumps(outcome)):
        said[0] = now
        print(json.dumps({"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **outcome}), flush=True)
    return outcome
