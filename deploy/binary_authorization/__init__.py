"""Binary Authorization: the attestation that the release signs, and the rule that asks for it."""
