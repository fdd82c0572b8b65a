"""Bytes that ClickHouse keeps of readings (meter, at, wh), by the best of some codecs for each column. By chDB."""
import sys
from chdb import session

source = sys.argv[1]
CODECS = {
    "meter": ["ZSTD(9)", "DoubleDelta, ZSTD(9)", "T64, ZSTD(9)"],
    "at": ["ZSTD(9)", "DoubleDelta, ZSTD(9)", "Gorilla, ZSTD(9)", "T64, ZSTD(9)"],
    "wh": ["ZSTD(9)", "Delta, ZSTD(9)", "DoubleDelta, ZSTD(9)", "Gorilla, ZSTD(9)", "T64, ZSTD(9)"],
}
TYPES = {"meter": "UInt32", "at": "UInt32", "wh": "Int64"}
s = session.Session()
s.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
s.query("USE bench")
s.query("SET allow_suspicious_codecs = 1")
total = 0
for column, codecs in CODECS.items():
    best = None
    for i, codec in enumerate(codecs):
        name = f"t_{column}_{i}"
        kept = ", ".join(f"{c} {t}{f' CODEC({codec})' if c == column else ''}" for c, t in TYPES.items())
        s.query(f"CREATE TABLE {name} ({kept}) ENGINE = MergeTree ORDER BY (meter, at) SETTINGS min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0")
        s.query(f"INSERT INTO {name} SELECT * FROM file('{source}', 'CSV', 'meter UInt32, at UInt32, wh Int64')")
        s.query(f"OPTIMIZE TABLE {name} FINAL")
        size = int(str(s.query(f"SELECT sum(data_compressed_bytes) FROM system.columns WHERE database = 'bench' AND table = '{name}' AND name = '{column}'", "CSV")).strip())
        best = size if best is None else min(best, size)
    total += best
print(total)
