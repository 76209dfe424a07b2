# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How fast the collection is beside Terraform and a plain stock playbook: one stack, three sides, one local cloud. `make bench` runs it."""
