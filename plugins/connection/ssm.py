# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: ssm
short_description: Reach hosts through AWS Systems Manager's Session Manager
version_added: 0.1.0
description:
  - Runs tasks on hosts that have no open port, no key pair and no bastion, by the session that Session Manager opens to their agent.
  - It needs no bucket, no session-manager-plugin, and nothing on the host but the agent and Python 3.9 or newer.
  - One background process holds one session to a host for a whole run, so the second task costs a round trip and no session. On the host
    a small helper runs under the session. It gives back return code, standard output and standard error as they are, to the byte.
  - Files of any size go through the session, and are compared by SHA-256 when they have arrived.
  - A socket that drops is resumed. A command is never run twice. When a session is lost while a command runs, the task fails and says that it is
    not known what was done.
  - Sessions are terminated when a run ends, however it ends, and when idle. The helper ends, with all that it runs, when it hears
    nothing any more.
  - A host without Python is reached for M(ansible.builtin.raw), by a session for each command.
author: Groundwork contributors (@groundwork)
requirements:
  - boto3 and websockets where Ansible runs; cryptography too, where sessions are encrypted with a KMS key.
  - A controller on Linux 5.3 or newer.
  - C(ssm:StartSession) on the instance and on the document, C(ssm:ResumeSession) and C(ssm:TerminateSession) on one's own sessions.
    With C(ssm:DescribeInstanceInformation), C(ec2:DescribeInstances), C(ssm:DescribeSessions) and C(ssm:GetDocument) errors and warnings say more.
notes:
  - Which user a session runs as is decided by the account's preferences or the document, never by C(remote_user).
  - The variables of P(amazon.aws.aws_ssm#connection) are accepted. Its bucket and plugin are not needed, and are ignored.
  - The command of a session is in CloudTrail. It is the same for every session, and holds nothing of a task. On a host without Python it is the
    command itself.
  - On a host where C(sudo) asks for a password, a time-out ends what C(become) started only as far as the session's own user may.
options:
  target:
    description: The id of the instance (C(i-...)) or of the managed node (C(mi-...)).
    default: inventory_hostname
    vars:
      - {name: inventory_hostname}
      - {name: ansible_host}
      - {name: ansible_aws_ssm_instance_id}
      - {name: ansible_ssm_instance_id}
  region:
    description: The region of the instance. Unless set, what boto3 finds in the environment or the profile.
    env: [{name: GROUNDWORK_SSM_REGION}]
    ini: [{section: groundwork_ssm, key: region}]
    vars: [{name: ansible_aws_ssm_region}, {name: ansible_ssm_region}]
  profile:
    description: The profile of AWS's configuration to take credentials from. Unless set, what boto3 finds.
    env: [{name: GROUNDWORK_SSM_PROFILE}]
    ini: [{section: groundwork_ssm, key: profile}]
    vars: [{name: ansible_aws_ssm_profile}, {name: ansible_ssm_profile}]
  access_key:
    description:
      - The id of an access key, with O(secret_key). Unless set, what boto3 finds, which it also renews.
    vars: [{name: ansible_aws_ssm_access_key_id}, {name: ansible_ssm_access_key_id}]
  secret_key:
    description: The secret of the access key.
    vars: [{name: ansible_aws_ssm_secret_access_key}, {name: ansible_ssm_secret_access_key}]
  session_token:
    description: The token of temporary credentials.
    vars: [{name: ansible_aws_ssm_session_token}, {name: ansible_ssm_session_token}]
  endpoint_url:
    description: Where Systems Manager's API is, if not at AWS's own place. AWS's answer says where the session's stream is.
    env: [{name: GROUNDWORK_SSM_ENDPOINT_URL}]
    ini: [{section: groundwork_ssm, key: endpoint_url}]
    vars: [{name: ansible_aws_ssm_endpoint_url}, {name: ansible_ssm_endpoint_url}]
  proxy:
    description: The URL of a proxy for the API and the stream. Unless set, what the environment says.
    env: [{name: GROUNDWORK_SSM_PROXY}]
    ini: [{section: groundwork_ssm, key: proxy}]
    vars: [{name: ansible_ssm_proxy}]
  document:
    description:
      - The session document. It has to be of the type C(InteractiveCommands), and to run its parameter C(command).
    default: AWS-StartInteractiveCommand
    env: [{name: GROUNDWORK_SSM_DOCUMENT}]
    ini: [{section: groundwork_ssm, key: document}]
    vars: [{name: ansible_aws_ssm_document}, {name: ansible_ssm_document}]
  elevated:
    description:
      - Become root by O(elevated_document) instead of by C(sudo). Tasks with C(become) to root then go over a session of their own that
        is root's from the start. IAM decides by the document's name who may.
      - Tasks without C(become), or to another user than root, are as ever.
    type: bool
    default: false
    env: [{name: GROUNDWORK_SSM_ELEVATED}]
    ini: [{section: groundwork_ssm, key: elevated}]
    vars: [{name: ansible_ssm_elevated}]
  elevated_document:
    description: A session document with C(runAsElevated). The collection brings its content as C(docs/ssm_elevated_document.json).
    default: Groundwork-ElevatedCommand
    env: [{name: GROUNDWORK_SSM_ELEVATED_DOCUMENT}]
    ini: [{section: groundwork_ssm, key: elevated_document}]
    vars: [{name: ansible_ssm_elevated_document}]
  reason:
    description: What CloudTrail and Session Manager's history say that a session is for. Nothing secret belongs here.
    default: Ansible (groundwork.aws.ssm)
    env: [{name: GROUNDWORK_SSM_REASON}]
    ini: [{section: groundwork_ssm, key: reason}]
    vars: [{name: ansible_ssm_reason}]
  command_timeout:
    description:
      - Seconds after which a command is ended on the host, with all processes of its group, and its task fails. 0 is never.
    type: int
    default: 0
    env: [{name: GROUNDWORK_SSM_COMMAND_TIMEOUT}]
    ini: [{section: groundwork_ssm, key: command_timeout}]
    vars: [{name: ansible_aws_ssm_timeout}, {name: ansible_ssm_command_timeout}]
  connect_timeout:
    description: Seconds for a session that was begun to be ready.
    type: int
    default: 60
    env: [{name: GROUNDWORK_SSM_CONNECT_TIMEOUT}]
    ini: [{section: groundwork_ssm, key: connect_timeout}]
    vars: [{name: ansible_ssm_connect_timeout}]
  retries:
    description: How often a session is asked for again while the host's agent is not connected, with growing pauses from one second on.
    type: int
    default: 3
    env: [{name: GROUNDWORK_SSM_RETRIES}]
    ini: [{section: groundwork_ssm, key: retries}]
    vars: [{name: ansible_aws_ssm_retries}, {name: ansible_ssm_retries}]
  idle_timeout:
    description: Seconds without a task after which a session is ended. The next task begins another.
    type: float
    default: 60
    env: [{name: GROUNDWORK_SSM_IDLE_TIMEOUT}]
    ini: [{section: groundwork_ssm, key: idle_timeout}]
    vars: [{name: ansible_ssm_idle_timeout}]
  heartbeat_timeout:
    description:
      - Seconds without a sign of life after which the helper ends, with all that it runs, and after which a host counts as lost.
      - A dropped socket is resumed for up to two minutes, so less than that may end what could have gone on.
    type: float
    default: 150
    env: [{name: GROUNDWORK_SSM_HEARTBEAT_TIMEOUT}]
    ini: [{section: groundwork_ssm, key: heartbeat_timeout}]
    vars: [{name: ansible_ssm_heartbeat_timeout}]
  frame_size:
    description:
      - Bytes in a message of the stream. AWS's own programs use 1024. Agents take 32768 and more, many times as fast; what the service itself
        takes is not documented.
    type: int
    default: 1024
    env: [{name: GROUNDWORK_SSM_FRAME_SIZE}]
    ini: [{section: groundwork_ssm, key: frame_size}]
    vars: [{name: ansible_ssm_frame_size}]
  window:
    description: Messages that may be under way unanswered. With O(frame_size) it says how fast files are sent over a long way.
    type: int
    default: 256
    env: [{name: GROUNDWORK_SSM_WINDOW}]
    ini: [{section: groundwork_ssm, key: window}]
    vars: [{name: ansible_ssm_window}]
  become_success_timeout:
    description: Seconds for C(become) to succeed in, where it asks for a password.
    type: int
    default: 10
    env: [{name: GROUNDWORK_SSM_BECOME_SUCCESS_TIMEOUT}]
    ini: [{section: groundwork_ssm, key: become_success_timeout}]
    vars: [{name: ansible_ssm_become_success_timeout}]
  pipelining:
    description: Run modules by a pipe to the host's Python, without files. It is on unless it is switched off.
    type: bool
    default: true
    env: [{name: ANSIBLE_PIPELINING}]
    ini: [{section: defaults, key: pipelining}, {section: connection, key: pipelining}]
    vars: [{name: ansible_pipelining}]
"""

EXAMPLES = r"""
# The inventory plugin amazon.aws.aws_ec2 with `hostnames: [instance-id]` finds the hosts.
all:
  vars:
    ansible_connection: groundwork.aws.ssm
    ansible_ssm_region: ap-northeast-2
"""

import typing as t

from ansible.errors import AnsibleAuthenticationFailure
from ansible.errors import AnsibleConnectionFailure
from ansible.errors import AnsibleError
from ansible.errors import AnsibleFileNotFound
from ansible.module_utils.common.text.converters import to_bytes
from ansible.plugins.become import BecomeBase
from ansible.plugins.connection import ConnectionBase
from ansible.plugins.connection import ensure_connect
from ansible.utils.display import Display
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_become import BecomeFailed
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_become import Becoming
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Host
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Lost
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Ran
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Refused
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Source
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import TimedOut
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Unfit
from ansible_collections.groundwork.aws.plugins.plugin_utils.ssm_client import Unreachable

display = Display()

#: How the background process calls what it is told, by option.
SETTINGS = {
    "target": "target",
    "region_name": "region",
    "profile_name": "profile",
    "aws_access_key_id": "access_key",
    "aws_secret_access_key": "secret_key",
    "aws_session_token": "session_token",
    "frame": "frame_size",
} | {name: name for name in "endpoint_url proxy reason window connect_timeout retries idle_timeout heartbeat_timeout".split()}


class Connection(ConnectionBase):
    """A host at the other end of a session. The session is the background process's; this is one of many that ask it."""

    transport = "groundwork.aws.ssm"
    has_pipelining = True

    def set_become_plugin(self, plugin: BecomeBase | None) -> None:
        """Have commands wrapped by a become plugin, but where the session is root's already."""
        super().set_become_plugin(plugin)
        if plugin:
            wrapped = plugin.build_become_command
            plugin.build_become_command = lambda cmd, shell: cmd if self._elevated else wrapped(cmd, shell)

    @property
    def _elevated(self) -> bool:
        """Whether the session is to be root's."""
        return bool(self.become and self.get_option("elevated") and (self.become.get_option("become_user") or "root") == "root")

    @property
    def _who(self) -> str:
        return self._play_context.remote_addr

    def _connect(self) -> t.Self:
        self._connected = True
        return self

    def _host(self, elevated: bool) -> Host:
        """The host as the options have it now."""
        settings = {name: self._plain(self.get_option(option)) for name, option in SETTINGS.items()}
        settings["elevated"] = elevated
        settings["document"] = str(self.get_option("elevated_document" if elevated else "document"))
        return Host(settings, warn=lambda text: display.warning(f"{self._who}: {text}"), note=lambda text: display.vvv(text, host=self._who))

    @staticmethod
    def _plain(value: t.Any) -> t.Any:
        return str(value) if isinstance(value, str) else value

    def _do(self, what: t.Callable[[Host], t.Any]) -> t.Any:
        """Have the host do something, and say in Ansible's terms what went wrong."""
        try:
            return what(self._host(self._elevated))
        except (Unreachable, Lost) as error:
            raise AnsibleConnectionFailure(str(error)) from None
        except TimedOut as error:
            raise AnsibleError(f"{error} (command_timeout)") from None
        except Unfit as error:
            raise AnsibleError(str(error)) from None
        except BecomeFailed as error:
            raise AnsibleAuthenticationFailure(str(error)) from None

    @ensure_connect
    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> Ran:
        """Run a command of the shell's on the host."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        display.vvv(f"EXEC {cmd}", host=self._who)
        becoming = bool(sudoable and self.become and self.become.success)
        password = becoming and self.become.expect_prompt()
        tty = password and not self.get_option("pipelining")
        source = Source([in_data[:]] if in_data else None)
        if password:
            source = Becoming(self.become, in_data, tty, self.get_option("become_success_timeout"))
        command = to_bytes(cmd, errors="surrogate_or_strict")
        try:
            ran = self._do(lambda host: host.run(command, source, tty=tty, timeout=self.get_option("command_timeout")))
        except Refused as error:
            raise AnsibleError(f"The command could not be started on {self._who}: {error.strerror}") from None
        return self._became(ran) if becoming else ran

    def _became(self, ran: Ran) -> Ran:
        """What a command said, less what becoming another user said; where that failed, so does the task."""
        code, output, errors = ran
        if code and not self.become.check_success(output):
            for failed, word in ((self.become.check_incorrect_password, "Incorrect"), (self.become.check_missing_password, "Missing")):
                if failed(output) or failed(errors):
                    raise AnsibleAuthenticationFailure(f"{word} {self.become.name} password")
        return code, output, self.become.strip_become_prompt(errors)

    @ensure_connect
    def put_file(self, in_path: str, out_path: str) -> None:
        """Write a local file to the host, as the session's user."""
        super().put_file(in_path, out_path)
        display.vvv(f"PUT {in_path} TO {out_path}", host=self._who)
        try:
            self._do(lambda host: host.put(in_path, to_bytes(out_path, errors="surrogate_or_strict")))
        except Refused as error:
            raise AnsibleError(f"{out_path} could not be written on {self._who}: {error.strerror}") from None
        except FileNotFoundError:
            raise AnsibleFileNotFound(f"file or module does not exist: {in_path}") from None
        except OSError as error:
            raise AnsibleError(f"{in_path} could not be read here: {error.strerror}") from None

    @ensure_connect
    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Write a file of the host's to a local one."""
        super().fetch_file(in_path, out_path)
        display.vvv(f"FETCH {in_path} TO {out_path}", host=self._who)
        try:
            self._do(lambda host: host.fetch(to_bytes(in_path, errors="surrogate_or_strict"), out_path))
        except Refused as error:
            raise AnsibleError(f"{in_path} could not be read on {self._who}: {error.strerror}") from None
        except OSError as error:
            raise AnsibleError(f"{out_path} could not be written here: {error.strerror}") from None

    def reset(self) -> None:
        """Let go of the sessions; the next task begins another."""
        for elevated in (False, True):
            self._host(elevated).reset()
        self._connected = False

    def close(self) -> None:
        """Nothing is held here: the session stays for the next task, and is ended by its process."""
        self._connected = False
