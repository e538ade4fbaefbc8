"""The one door out: small counts and whatever would give them away are hidden, the rest is rounded."""

from dyadlink.disclosure.door import write_release
from dyadlink.disclosure.profiles import PROFILES, Profile, get_profile
from dyadlink.disclosure.protect import protect_all

__all__ = ["PROFILES", "Profile", "get_profile", "protect_all", "write_release"]
