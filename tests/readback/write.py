"""Writes the rows of the readback tests with pyarrow, pandas and numpy, in every way they have, for Headrace to read."""
import json
import struct
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

asked = json.load(sys.stdin)
folder = asked["folder"]


def value(name, cell):
    if cell is None:
        return None
    if name == "price":
        return struct.unpack(">d", bytes.fromhex(cell))[0]
    if name == "open":
        return cell == "true"
    if name == "at":
        return int(cell) // 1000
    return cell if name in ("name", "land") else int(cell)


TYPES = {"id": pa.int64(), "big": pa.int64(), "name": pa.string(), "land": pa.string(), "price": pa.float64(), "open": pa.bool_(), "at": pa.timestamp("us", tz="UTC")}


def table_of(rows):
    columns = {name: pa.array([value(name, row[at]) for row in rows], type_) for at, (name, type_) in enumerate(TYPES.items())}
    return pa.table(columns)


made = []


def parquet(name, table, **options):
    pq.write_table(table, f"{folder}/{name}.parquet", **options)
    made.append(f"{name}.parquet")


table = table_of(asked["rows"])
for compression in ["NONE", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4"]:
    for page in ["1.0", "2.0"]:
        for dictionary in [True, False]:
            name = f"arrow-{compression.lower()}-v{page[0]}-{'dictionary' if dictionary else 'plain'}"
            parquet(name, table, compression=compression, data_page_version=page, use_dictionary=dictionary,
                    row_group_size=120, data_page_size=700, write_page_checksum=dictionary)
parquet("arrow-int96", table, use_deprecated_int96_timestamps=True)
deltas = {"id": "DELTA_BINARY_PACKED", "big": "DELTA_BINARY_PACKED", "name": "DELTA_BYTE_ARRAY", "land": "DELTA_LENGTH_BYTE_ARRAY", "price": "BYTE_STREAM_SPLIT", "at": "DELTA_BINARY_PACKED"}
parquet("arrow-deltas", table, use_dictionary=False, column_encoding=deltas)
parquet("arrow-old", table, version="1.0", row_group_size=33)
parquet("arrow-index", table, write_page_index=True, data_page_size=300)
parquet("arrow-empty", table.slice(0, 0))
nanos = table.set_column(6, "at", table.column("at").cast(pa.timestamp("ns", tz="UTC")))
parquet("arrow-nanos", nanos)
table.to_pandas(types_mapper=pd.ArrowDtype).to_parquet(f"{folder}/pandas.parquet", index=False)
made.append("pandas.parquet")
pa.csv.write_csv(table.drop_columns(["at"]), f"{folder}/arrow.csv")

numbers = np.arange(24, dtype="<f4").reshape(8, 3) / 7
np.save(f"{folder}/float32.npy", numbers)
np.save(f"{folder}/int64.npy", np.array([2**63 - 1, -(2**63), 0, 5], dtype="<i8"))
json.dump({"parquet": made}, sys.stdout)
