# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RDS: the parameters of its engines that people set; what is not listed here is no parameter in this cloud."""
from __future__ import annotations

import functools
import re
from typing import Any

# name, static or dynamic, type, allowed values (a range, a choice, - for any text, ! for what nobody may set).
# Sources: `aws rds describe-engine-default-parameters`, and the engines' manuals for the ranges.
_MYSQL = """
basedir static string !
binlog_format dynamic string ROW,STATEMENT,MIXED
binlog_row_image dynamic string full,minimal,noblob
character_set_client dynamic string -
character_set_connection dynamic string -
character_set_database dynamic string -
character_set_results dynamic string -
character_set_server dynamic string -
collation_connection dynamic string -
collation_server dynamic string -
connect_timeout dynamic integer 2-31536000
datadir static string !
event_scheduler dynamic string ON,OFF
explicit_defaults_for_timestamp dynamic boolean 0,1
general_log dynamic boolean 0,1
group_concat_max_len dynamic integer 4-18446744073709551615
innodb_buffer_pool_instances static integer 1-64
innodb_buffer_pool_size dynamic integer 5242880-9223372036854775807
innodb_file_per_table dynamic boolean 0,1
innodb_flush_log_at_trx_commit dynamic integer 0-2
innodb_ft_min_token_size static integer 0-16
innodb_lock_wait_timeout dynamic integer 1-1073741824
innodb_print_all_deadlocks dynamic boolean 0,1
innodb_stats_persistent_sample_pages dynamic integer 0-18446744073709551615
interactive_timeout dynamic integer 1-31536000
join_buffer_size dynamic integer 128-18446744073709547520
local_infile dynamic boolean 0,1
log_bin_trust_function_creators dynamic boolean 0,1
log_error_verbosity dynamic integer 1-3
log_output dynamic string TABLE,FILE,NONE
log_queries_not_using_indexes dynamic boolean 0,1
long_query_time dynamic float 0-31536000
lower_case_table_names static integer 0-1
max_allowed_packet dynamic integer 1024-1073741824
max_connect_errors dynamic integer 1-9223372036854775807
max_connections dynamic integer 1-100000
max_heap_table_size dynamic integer 16384-1844674407370954752
net_read_timeout dynamic integer 1-31536000
net_write_timeout dynamic integer 1-31536000
performance_schema static boolean 0,1
port static integer !
require_secure_transport dynamic boolean 0,1
skip_name_resolve static boolean 0,1
slow_query_log dynamic boolean 0,1
sort_buffer_size dynamic integer 32768-18446744073709551615
sql_mode dynamic string -
table_open_cache dynamic integer 1-1048576
thread_cache_size dynamic integer 0-16384
time_zone dynamic string -
tls_version static string -
tmp_table_size dynamic integer 1024-18446744073709551615
transaction_isolation dynamic string READ-UNCOMMITTED,READ-COMMITTED,REPEATABLE-READ,SERIALIZABLE
wait_timeout dynamic integer 1-31536000
"""
_POSTGRES = """
autovacuum dynamic boolean 0,1
data_directory static string !
effective_cache_size dynamic integer 1-2147483647
idle_in_transaction_session_timeout dynamic integer 0-2147483647
lock_timeout dynamic integer 0-2147483647
log_connections dynamic boolean 0,1
log_disconnections dynamic boolean 0,1
log_min_duration_statement dynamic integer -1-2147483647
log_statement dynamic string none,ddl,mod,all
maintenance_work_mem dynamic integer 1024-2147483647
max_connections static integer 6-262143
pg_stat_statements.track dynamic string top,all,none
random_page_cost dynamic float 0-1000
rds.force_ssl dynamic boolean 0,1
rds.logical_replication static boolean 0,1
shared_buffers static integer 16-1073741823
shared_preload_libraries static string -
statement_timeout dynamic integer 0-2147483647
timezone dynamic string -
work_mem dynamic integer 64-2147483647
"""
_RANGE = re.compile(r"(-?\d+)-(\d+)")


@functools.cache
def catalogue(family: str) -> dict[str, dict[str, Any]]:
    """The parameters of a family by name, as API_Parameter describes them, without values."""
    text = {"mysql": _MYSQL, "mariadb": _MYSQL, "postgres": _POSTGRES}.get(family.rstrip("0123456789."), "")
    found = {}
    for line in text.split("\n")[1:-1]:
        name, apply_type, data_type, allowed = line.split()
        known = {"ApplyType": apply_type, "DataType": data_type, "IsModifiable": allowed != "!"}
        found[name] = {**known, "Source": "engine-default" if allowed != "!" else "system", **({"AllowedValues": allowed} if allowed not in "-!" else {})}
    return found


def problem_with(asked: dict[str, Any], known: dict[str, dict[str, Any]], *, resets: bool) -> tuple[str, str] | None:
    """RDS's code and words for a parameter that cannot be set, or reset, so; None where it can."""
    name = asked.get("ParameterName", "")
    if name not in known:
        return "InvalidParameterValue", f"Could not find parameter with name: {name}"
    if not known[name]["IsModifiable"]:
        return "InvalidParameterValue", f"The parameter {name} cannot be modified."
    if not asked.get("ApplyMethod"):
        return "InvalidParameterValue", "The parameter ApplyMethod must be provided and must not be blank."
    if asked["ApplyMethod"] == "immediate" and known[name]["ApplyType"] == "static":
        return "InvalidParameterCombination", f"cannot use immediate apply method for static parameter: {name}"
    if not resets and not _allowed(str(asked.get("ParameterValue", "")), known[name].get("AllowedValues", "")):
        return "InvalidParameterValue", f"Invalid parameter value: {asked.get('ParameterValue')} for: {name} allowed values are: {known[name]['AllowedValues']}"
    return None


def _allowed(value: str, allowed: str) -> bool:
    # A formula of the instance's memory is worked out by RDS when an instance is made.
    if not allowed or value.startswith("{"):
        return True
    if limits := _RANGE.fullmatch(allowed):
        try:
            return int(limits[1]) <= float(value) <= int(limits[2])
        except ValueError:
            return False
    return value in allowed.split(",")
