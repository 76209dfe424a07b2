# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment of a client that must reach a local cloud and nothing else."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

# What may stay of the caller's own: it tunes a client, but leads it nowhere.
_HARMLESS = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_PAGER"}
_LEADS_AWAY = re.compile(r"(AWS|EC2|S3)_\w+|(https?|all|ftp)_proxy", re.IGNORECASE)


class _Key(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def secret(self) -> str: ...


def client_env(endpoint: str, region: str | None = None, key: _Key | None = None) -> dict[str, str]:
    """What to set: the endpoint, keys that are good for nothing else, and no file or service that holds true ones.

    `AWS_URL` is amazon.aws's own name for the endpoint. The region is set only when given. `key` is the run's, which opens its hosts;
    without one the key is `testing`, which does all the rest.
    """
    env = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key.id if key else "testing",
        "AWS_SECRET_ACCESS_KEY": key.secret if key else "testing",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if region:
        env |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    return env


def names_to_unset(environ: Mapping[str, str]) -> list[str]:
    """Names in `environ` that would lead a client elsewhere: profiles, tokens, service endpoints, proxies."""
    return sorted(
        name
        for name in environ
        if _LEADS_AWAY.fullmatch(name) and name not in _HARMLESS and name not in client_env("")
    )


def clean_environ(environ: Mapping[str, str], endpoint: str, region: str | None = None, key: _Key | None = None) -> dict[str, str]:
    """`environ` as a client of `endpoint` must have it."""
    unset = set(names_to_unset(environ))
    return {k: v for k, v in environ.items() if k not in unset} | client_env(endpoint, region, key)
