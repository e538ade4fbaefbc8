"""The rules of the release: the profiles of the leaf that the configuration is read with."""

from __future__ import annotations

from dyadlink.profiles import PROFILES, Profile, Rounding, get_profile

__all__ = ["PROFILES", "Profile", "Rounding", "get_profile"]
