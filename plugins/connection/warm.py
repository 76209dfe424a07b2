# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: warm
short_description: Run modules on the controller, by a Python that is kept warm
version_added: 0.1.0
description:
  - Does what P(ansible.builtin.local#connection) does, with the same results, in less time.
  - Modules on the controller spend most of it on starting Python, importing boto3, reading its models of services, and compiling what their
    payload brings. This connection keeps one process per run that has done all of that, and forks it for each module.
  - It takes modules that are run through a pipe by the Python that Ansible itself runs by. Whatever is anything else goes over
    P(ansible.builtin.local#connection) as before, C(become), C(async), C(environment), file transfers and raw commands among it.
  - What was preloaded is used only where it is what the module would have loaded. Code out of a payload is found by its source, to the byte;
    installed libraries by the state of their files.
  - The process belongs to one run and one user, on Linux only. It ends with the controller, however that ends, and when idle.
    An interrupted or timed out task takes its module with it.
author: Groundwork contributors (@groundwork)
requirements:
  - Pipelining, as by C(ansible_pipelining=true).
  - C(ansible_python_interpreter) is C({{ ansible_playbook_python }}).
  - Linux 5.3 or newer. On other systems it is P(ansible.builtin.local#connection).
options:
  idle_timeout:
    description: Seconds without a module after which the warm process ends. The next module starts another.
    type: float
    default: 120
    env: [{name: GROUNDWORK_WARM_IDLE_TIMEOUT}]
    ini: [{section: groundwork_warm, key: idle_timeout}]
    vars: [{name: ansible_warm_idle_timeout}]
  become_success_timeout:
    description: As with P(ansible.builtin.local#connection).
    type: int
    default: 10
    vars: [{name: ansible_local_become_success_timeout}]
  become_strip_preamble:
    description: As with P(ansible.builtin.local#connection).
    type: bool
    default: true
    vars: [{name: ansible_local_become_strip_preamble}]
extends_documentation_fragment: [connection_pipelining]
"""

EXAMPLES = r"""
components:
  vars:
    ansible_connection: groundwork.aws.warm
    ansible_pipelining: true
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
"""

import shlex
import sys
import threading

from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_bytes
from ansible.plugins.connection.local import Connection as Local
from ansible.utils.display import Display
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import interpreter_of
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import Lost
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import Ran
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import Unavailable
from ansible_collections.groundwork.aws.plugins.plugin_utils.warm_client import WarmProcess

display = Display()


class Connection(Local):
    """The local connection, by whose name Ansible runs commands in the playbook's folder: ``transport`` stays ``local``."""

    def warm_up(self, folder: str) -> None:
        """Start the warm process beside what Ansible does before a module is run in ``folder``: in the first task it puts together what it sends."""
        self.cwd = to_bytes(folder, errors="surrogate_or_strict")
        command = f"{self._play_context.executable} -c {shlex.quote(f'{shlex.quote(sys.executable)} && sleep 0')}"
        warm = self._warm(command)
        if not self.become and not warm.is_there:
            threading.Thread(target=warm.prepare, daemon=True).start()

    def _warm(self, cmd: str) -> WarmProcess:
        return WarmProcess(cmd, self.cwd, self.get_option("idle_timeout"), lambda program: self._cold(cmd, program))

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> Ran:
        """Run a command, by the warm process if it is a module and nothing else."""
        if not in_data or self.become or interpreter_of(cmd) != shlex.quote(sys.executable):
            return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        who = self._play_context.remote_addr
        try:
            ran = self._warm(cmd).run(in_data)
        except Unavailable as reason:
            display.vvv(f"WARM not used: {reason}", host=who)
            return self._cold(cmd, in_data)
        except Lost as error:
            raise AnsibleError(f"{error}. Look at what stands and run again; ansible_connection=local does without that process.") from error
        display.vvv(f"EXEC (warm) {cmd}", host=who)
        return ran

    def _cold(self, cmd: str, in_data: bytes) -> Ran:
        return super().exec_command(cmd, in_data=in_data, sudoable=False)
