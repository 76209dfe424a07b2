# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a load balancer's health check finds on a host of this machine."""
from __future__ import annotations

import http.client

from .registry import Host


def is_well(host: Host, port: int, path: str, codes: str, timeout: float) -> bool:
    """Whether the host answers a GET in time with one of the status codes, as a target group's Matcher has them: `200`, `200-299,302`."""
    connection = http.client.HTTPConnection(host.ip, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    ranges = [one.partition("-") for one in codes.split(",")]
    return any(int(low) <= status <= int(high or low) for low, _dash, high in ranges)
