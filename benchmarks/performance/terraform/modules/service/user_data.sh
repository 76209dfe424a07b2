#!/bin/sh
# The service ${service}, whose log goes to ${log_group}.
set -eu
mkdir -p /opt/service
printf '%s\n' '${service}' >/opt/service/name
printf '%s\n' '${log_group}' >/opt/service/log_group
