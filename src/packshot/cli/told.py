"""What a file says of itself, in words or as JSON."""

import json
from collections.abc import Sequence

from packshot.cli.shown import name_of, one_line
from packshot.provenance import MEANINGS
from packshot.storage.credentials import Credentials
from packshot.tasks.provenance import Told

_STATES = {
    "trusted": "signed by {signer}; the signature holds, and its issuer is trusted here",
    "valid": "signed by {signer}; the signature holds, but nobody trusted here vouches for the certificate",
    "broken": "broken: {why}",
    "none": "not signed",
    "unread": "there is a signature, but nothing here can read it: pip install 'packshot[provenance]'",
}
_WHY = {
    "assertion.dataHash.mismatch": "the file was changed after it was signed",
    "assertion.bmffHash.mismatch": "the file was changed after it was signed",
    "assertion.hashedURI.mismatch": "the claim was changed after it was signed",
    "claimSignature.mismatch": "the claim was changed after it was signed",
    "signingCredential.expired": "the certificate has expired",
    "signingCredential.invalid": "the certificate was not made for signing",
    "signingCredential.untrusted": "",  # said by the state
}
_RIGHTS = {
    "creator": "author",
    "rights": "notice",
    "Credit": "credit",
    "UsageTerms": "terms",
    "WebStatement": "terms at",
}
_RECEIPTS = {
    "none": "none beside it",
    "of-this-file": "beside it, and about this very file",
    "of-another-file": "beside it, but the file is no longer the one it is about",
}


def print_told(told: Told, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**told.as_data(), "file": name_of(told.file)}, ensure_ascii=False))
        return
    print(name_of(told.file))
    if told.error:
        _row("error", f"{told.error['message']}; {told.error['hint']}")
        return
    _row("origin", f"{MEANINGS[told.code]} ({told.code})" if told.code else "it does not say")
    for name, words in told.rights.items():
        _row(_RIGHTS.get(name, name), ", ".join(words))
    credentials = told.credentials
    _row("signature", _STATES[credentials.state].format(signer=credentials.signer or "somebody", why=_why(credentials)))
    if credentials.program:
        _row("made with", credentials.program)
    if credentials.source:
        _row("from", credentials.source)
    if credentials.actions:
        _row("done", ", ".join(credentials.actions))
    _row("receipt", _RECEIPTS[told.receipt])


def exit_code(told: Sequence[Told]) -> int:
    """0 where all is sound, 3 where a file cannot be read, its signature is broken or its receipt is another's."""
    return 0 if all(each.is_sound for each in told) else 3


def _why(credentials: Credentials) -> str:
    reasons = [_WHY.get(code, code) for code in credentials.failures]
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or "it cannot be read"


def _row(name: str, words: str) -> None:
    print(f"  {name:<10} {one_line(words)}")
