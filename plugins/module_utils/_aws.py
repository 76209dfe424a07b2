# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one door to amazon.aws's utils and to boto3; everything else imports from here.

Three ways to call AWS: read (every page, remembered until something is written), call (may be sent again, because
doing it twice is doing it once), and create_once (must not be sent again before somebody has looked).
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import typing as t

try:
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
    from botocore.exceptions import HTTPClientError
except ImportError:  # AnsibleAWSModule says so, with what to install
    Config = None
    BotoCoreError = ClientError = HTTPClientError = Exception

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list as tag_list
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict as tag_dict

from ._core.answers import Answers
from ._core.wait import Waiter
from ._core.wait import WaitTimeout

__all__ = ["AnsibleAWSError", "AnsibleAWSModule", "Aws", "AwsFailure", "error_code", "tag_dict", "tag_list"]

#: What beside a module's options says as whom the SDK speaks (https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html).
WHO = ("AWS_ROLE_ARN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
#: Nothing was done: sending again is safe. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
THROTTLED = frozenset(
    "RequestLimitExceeded Throttling ThrottlingException ThrottledException TooManyRequestsException SlowDown"
    " ProvisionedThroughputExceededException BandwidthLimitExceeded RequestThrottled RequestThrottledException".split()
)
EXPIRED = frozenset("ExpiredToken ExpiredTokenException RequestExpired InvalidClientTokenId AuthFailure".split())
DENIED = frozenset("UnauthorizedOperation AccessDenied AccessDeniedException".split())

#: Seconds for which a resource that was just made may still be "not found" (EC2's eventual consistency,
#: https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html).
READ_LAG = 60.0
#: Seconds for which a role, profile or policy that was just made may be refused by other services
#: (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
PROPAGATION = 120.0
#: Seconds during which a reply that was lost may still turn out to have been a success.
LOOK_AGAIN = 10.0
#: Seconds for which an interrupted or throttled create is tried again.
RESEND = 120.0


class AwsFailure(AnsibleAWSError):
    """A call failed for good. The message says what was tried and what to do next; ``exception`` is botocore's."""


def error_code(error: BaseException | None) -> str:
    """AWS's code of an error, of botocore or of ours; empty when it bears none."""
    inner = getattr(error, "exception", None) or error
    return inner.response["Error"].get("Code", "") if isinstance(inner, ClientError) else ""


def _is_ambiguous(error: Exception) -> bool:
    """Whether the request may have been carried out although no good answer came back."""
    if isinstance(error, ClientError):
        return error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500 and error_code(error) not in THROTTLED
    return isinstance(error, HTTPClientError)


class Aws:
    """The AWS account of one module run: clients, reads that are remembered, and writes that are safe to repeat."""

    def __init__(self, module: AnsibleAWSModule):
        self.module = module
        self.waiter = Waiter()
        self._clients: dict[tuple[str, bool], t.Any] = {}
        self._making = threading.Lock()
        self._seen: dict[tuple[str, str], t.Any] = {}
        self.heard: dict[tuple[str, str], t.Any] = {}  # the last answer to each question, forgotten or not
        #: What stack_info was answered a moment ago: for plans, never for what is written.
        self.answers = Answers(_folder(module), _scope(module))

    @property
    def region(self) -> str:
        return self.module.params.get("region") or self.client("ec2").meta.region_name

    def client(self, service: str, *, resend: bool = True) -> t.Any:
        """A boto3 client. The SDK sends again by itself, with jitter, unless ``resend`` is off."""
        with self._making:  # boto3 makes clients in one thread at a time
            if (service, resend) not in self._clients:
                attempts = 10 if resend else 1
                config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
                self._clients[service, resend] = self.module.client(service, aws_config=config)
            return self._clients[service, resend]

    @property
    def account(self) -> str:
        """The twelve digits of the account."""
        return self.read("sts", "get_caller_identity", "")["Account"]

    @property
    def partition(self) -> str:
        """The first part of an ARN: aws, aws-cn, aws-us-gov."""
        return self._remembered("sts", "partition", lambda: self.client("sts").meta.partition)

    def read(self, service: str, operation: str, result: str, **params: t.Any) -> list[dict]:
        """Every page of a describe, list or get call, or the one field that it returns, or all of them where ``result`` is empty.

        The same question is asked once until forget().
        """
        question = _question(operation, result, None, params)
        return self._remembered(service, question, lambda: self._read(service, operation, result, params))

    def find(self, service: str, operation: str, result: str, *missing: str, **params: t.Any) -> t.Any:
        """As read(), and None where AWS answers one of the codes ``missing``."""
        question = _question(operation, result, missing, params)
        return self._remembered(service, question, lambda: self.find_secret(service, operation, result, *missing, **params))

    def find_secret(self, service: str, operation: str, result: str, *missing: str, **params: t.Any) -> t.Any:
        """As find(), and remembered nowhere."""
        try:
            return self._read(service, operation, result, params)
        except AwsFailure as error:
            if error_code(error) in missing:
                return None
            raise

    def tell(self, service: str, operation: str, result: str, missing: tuple[str, ...] | None, answer: t.Any, **params: t.Any) -> None:
        """Remember what another answer says to a question too: to that of find(), or of read() where ``missing`` is None."""
        question = service, _question(operation, result, missing, params)
        self._seen.setdefault(question, answer)
        self.heard.setdefault(question, answer)

    def _remembered(self, service: str, question: str, ask: t.Callable[[], t.Any]) -> t.Any:
        if (service, question) not in self._seen:
            known, answer = self.answers.get(service, question)
            self._seen[service, question] = self.heard[service, question] = answer if known else ask()
        return self._seen[service, question]

    def hand_on(self, asked: float) -> None:
        """Tell the modules of this run that follow all that was read, since the epoch second ``asked``."""
        self.answers.scope["region"] = self.region
        self.answers.hand_on(asked, self.heard)

    def _read(self, service: str, operation: str, result: str, params: dict) -> list[dict]:
        client = self.client(service)
        with _told(operation):
            if client.can_paginate(operation):
                return client.get_paginator(operation).paginate(**params).build_full_result().get(result, [])
            answer = getattr(client, operation)(**params)
        return answer.get(result) if result else {field: value for field, value in answer.items() if field != "ResponseMetadata"}

    def forget(self) -> None:
        """Drop what was read, by whomever: something was written, or is to be read as it is now."""
        self._seen.clear()
        self.answers.leave()

    def call(
        self,
        service: str,
        operation: str,
        /,
        *,
        settled: t.Collection[str] = (),
        busy: t.Collection[str] = (),
        lagging: t.Collection[tuple[str, str]] = (),
        **params: t.Any,
    ) -> dict:
        """A write that may be repeated. Codes in ``settled`` mean that it stands already, and give an empty answer.

        A NotFound is waited out for READ_LAG seconds: what was just made is not seen everywhere at once. Codes in ``busy``
        are waited out for the module's own timeout: what is in use is let go of by others. An error in ``lagging``, by code and
        a part of its message, is waited out for PROPAGATION seconds: what it complains of was just made elsewhere.
        """
        self.forget()
        answer: dict = {}

        def attempt() -> tuple[bool, str]:
            try:
                answer.update(getattr(self.client(service), operation)(**params))
            except ClientError as error:
                code = error_code(error)
                message = error.response["Error"].get("Message", "")
                late = self.waiter.clock() - start < PROPAGATION and any(code == one and part in message for one, part in lagging)
                if code not in settled and not late and not self._may_pass(code, busy, start):
                    raise
                return code in settled, f"{code}: {message}"
            return True, "done"

        start = self.waiter.clock()
        with _told(operation):
            self.waiter.until(attempt, f"{_words(operation)} to be accepted", self.timeout if busy else PROPAGATION if lagging else READ_LAG)
        return answer

    def _may_pass(self, code: str, busy: t.Collection[str], start: float) -> bool:
        lagging = code.endswith(".NotFound") and self.waiter.clock() - start < READ_LAG
        return code in busy or lagging

    @property
    def timeout(self) -> float:
        return float(self.module.params.get("wait_timeout") or 600)

    def create_once(self, service: str, operation: str, look: t.Callable[[], dict | None], **params: t.Any) -> dict | None:
        """Create what the API gives no client token for. After a reply that was lost, look before sending again.

        Returns the answer, or None where look() found that an earlier attempt had succeeded.
        """
        client, start, delay = self.client(service, resend=False), self.waiter.clock(), 0.2
        while True:
            self.forget()
            try:
                return getattr(client, operation)(**params)
            except (ClientError, BotoCoreError) as error:
                throttled, ambiguous = error_code(error) in THROTTLED, _is_ambiguous(error)
                fresh_parent = self._may_pass(error_code(error), (), start)
                spent = self.waiter.clock() - start > RESEND
                if spent or not (throttled or ambiguous or fresh_parent):
                    raise _failure(operation, error) from error
                if ambiguous and self._look_for_a_while(look):
                    return None
            self.waiter.pause(delay * random.uniform(0.8, 1.2))
            delay = min(delay * 1.5, 5.0)

    def _look_for_a_while(self, look: t.Callable[[], dict | None]) -> bool:
        def found() -> tuple[bool, str]:
            self.forget()
            return look() is not None, "not there"

        try:
            self.waiter.until(found, "a trace of the create whose reply was lost", LOOK_AGAIN, most=2.0)
        except WaitTimeout:
            return False
        return True


def _question(operation: str, result: str, missing: tuple[str, ...] | None, params: dict[str, t.Any]) -> str:
    return repr((operation, result, *([] if missing is None else [missing]), sorted(params.items())))


def _folder(module: AnsibleAWSModule) -> str | None:
    """Where the answers lie that stack_info had in this run."""
    return (module.params.get("dispatched") or {}).get("answers")


def _scope(module: AnsibleAWSModule) -> dict[str, t.Any]:
    """Whose answers AWS gives to this module."""
    options = {name: module.params.get(name) for name in ("region", "profile", "endpoint_url", "access_key")}
    return options | {name: os.environ.get(name) for name in WHO}


def _words(operation: str) -> str:
    return operation.replace("_", " ")


@contextlib.contextmanager
def _told(operation: str) -> t.Iterator[None]:
    """Turns botocore's errors into ours, which say what was tried and what to do next."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise _failure(operation, error) from error


def _failure(operation: str, error: Exception) -> AwsFailure:
    code, action = error_code(error), "".join(part.title() for part in operation.split("_"))
    advice = ""
    if code in DENIED:
        advice = f" (these credentials may not {action}: add that action to their policy)"
    elif code in EXPIRED:
        advice = " (renew the credentials and run again: what was done is found by its tags)"
    elif (code.endswith("LimitExceeded") or code.startswith("TooMany")) and code not in THROTTLED:
        advice = " (raise this quota in Service Quotas, or remove what is not needed, and run again)"
    return AwsFailure(message=f"Failed to {_words(operation)}{advice}", exception=error)
