# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Session Manager for real hosts of this machine: the gateway plays the service and, for each session, the host's agent.

`registry` knows the hosts, `documents` what a session runs, `sessions` who has one; `session` is one of them, on a thread of its own:
`data_channel` (the websocket) - `line` (what happens to frames on the way) - `stream` (sequence and acknowledgement) - `agent` (handshake)
- `handlers` (the process in the host, started by `programs`). How the agent behaves is read from its published source.
"""
