# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts to try a bootstrap on: booted systems with an init, packages and a network of their own, as containers on this machine."""
