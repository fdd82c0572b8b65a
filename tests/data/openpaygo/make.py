"""Makes vectors.json with the published library: `pip install openpaygo==0.6.3`, then run this file."""

import json
import random
from pathlib import Path

from openpaygo import OpenPAYGOTokenEncoder, TokenType
from openpaygo.token_shared import OpenPAYGOTokenShared

TYPES = {
    "add": TokenType.ADD_TIME,
    "set": TokenType.SET_TIME,
    "disable": TokenType.DISABLE_PAYG,
    "sync": TokenType.COUNTER_SYNC,
}
chance = random.Random(4)
vectors = []
for n in range(240):
    key = chance.randbytes(16).hex()
    starting_code = chance.choice([None, chance.randrange(1, 1_000_000_000)])
    does = chance.choice(["add", "add", "set", "disable", "sync"])
    is_long = does in ("add", "set") and chance.random() < 0.4
    value = chance.randrange(0, 1_000_000 if is_long else 996) if does in ("add", "set") else None
    before = chance.choice([0, 1, 2, 3, chance.randrange(300)])
    count, token = OpenPAYGOTokenEncoder.generate_token(
        secret_key=key,
        count=before,
        value=value,
        token_type=TYPES[does],
        starting_code=starting_code,
        extended_token=is_long,
    )
    begins = starting_code or OpenPAYGOTokenShared.generate_starting_code(bytes.fromhex(key))
    vectors.append(
        {"key": key, "startingCode": begins, "isDerived": starting_code is None, "does": does}
        | {"form": "long" if is_long else "short", "value": value or 0, "count": count, "token": token}
    )
Path(__file__).with_name("vectors.json").write_text("[\n" + ",\n".join(map(json.dumps, vectors)) + "\n]\n")
