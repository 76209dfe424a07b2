# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keys that are made in the account by who holds a key of this run open hosts too (localcloud/keys)."""
from __future__ import annotations

import re

from ..call import Call
from ..keys import Key, KEYS
from ..replies import AwsError, Reply
from . import after

_MADE = re.compile(rb"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]+)<")


def _keep(call: Call, reply: Reply) -> None:
    try:
        KEYS.holder(call.environ, call.body)
    except AwsError:
        return  # a key as any; it opens no host
    made = {name.decode(): value.decode() for name, value in _MADE.findall(reply.body)}
    KEYS.keep(Key(made["AccessKeyId"], made["SecretAccessKey"], made.get("SessionToken")))


@after("iam", "CreateAccessKey", adds="a key that is made with a key of this run opens hosts as that does", source="the local cloud's own rule")
def keep_a_users_key(call: Call, reply: Reply) -> None:
    _keep(call, reply)


@after("sts", "AssumeRole", "GetSessionToken", "GetFederationToken",
       adds="temporary keys that are made with a key of this run open hosts as that does", source="the local cloud's own rule")  # fmt: skip
def keep_temporary_keys(call: Call, reply: Reply) -> None:
    _keep(call, reply)
