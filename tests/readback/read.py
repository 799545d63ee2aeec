"""Reads files of Headrace with pyarrow, pandas and numpy, and prints their places as text that loses nothing."""
import io
import json
import struct
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet

SCHEMA = pa.schema([
    ("id", pa.int64()), ("big", pa.int64()), ("name", pa.string()), ("land", pa.string()),
    ("price", pa.float64()), ("open", pa.bool_()), ("at", pa.timestamp("us", tz="UTC")),
])


def cell(name, value):
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if name == "price":
        return struct.pack(">d", float(value)).hex()
    if name == "open":
        return "true" if value else "false"
    return value if name in ("name", "land") else str(int(value))


def rows(table):
    """The time as a number: Python's own times end at microseconds."""
    at = table.schema.get_field_index("at")
    nanos = table.column(at).cast(pa.timestamp("ns", tz="UTC")).cast(pa.int64())
    table = table.set_column(at, "at", nanos).select(SCHEMA.names)
    columns = [[cell(name, value) for value in table.column(name).to_pylist()] for name in SCHEMA.names]
    return [list(row) for row in zip(*columns)]


def frame_rows(frame):
    return rows(pa.Table.from_pandas(frame, preserve_index=False).cast(SCHEMA))


def opened(path):
    packing = {"gz": "gzip", "zst": "zstd"}.get(path.rsplit(".", 1)[1])
    return pa.input_stream(path, compression=packing)


def arrow_csv(path):
    options = pa.csv.ConvertOptions(column_types=SCHEMA, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""],
                                    true_values=["true"], false_values=["false"])
    return rows(pa.csv.read_csv(opened(path), pa.csv.ReadOptions(), pa.csv.ParseOptions(newlines_in_values=True), options))


def pandas_csv(path):
    types = {"id": "int64[pyarrow]", "big": "int64[pyarrow]", "name": "string[pyarrow]", "land": "string[pyarrow]", "price": "float64", "open": "boolean"}
    text = io.BytesIO(opened(path).read())
    # pandas has no way to tell a quoted empty place from an empty one, so both are empty to it.
    frame = pd.read_csv(text, dtype=types, keep_default_na=False, na_values=[""], parse_dates=["at"], date_format="ISO8601")
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    price = pa.array([None if value != value else value for value in frame["price"]], pa.float64())
    return rows(table.set_column(table.schema.get_field_index("price"), "price", price))


def python_jsonl(path):
    lines = opened(path).read().decode("utf-8").split("\n")[:-1]
    return [json_row(json.loads(line)) for line in lines]


def json_row(row):
    """A time is milliseconds, with fractions."""
    at = row["at"]
    return [cell(name, row[name]) for name in SCHEMA.names[:-1]] + [None if at is None else f"{round(at * 1000)}000"]


def arrow_jsonl(path):
    schema = pa.schema([field if field.name != "at" else pa.field("at", pa.float64()) for field in SCHEMA])
    table = pa.json.read_json(opened(path), parse_options=pa.json.ParseOptions(explicit_schema=schema))
    return [json_row(row) for row in table.to_pylist()]


def npy(path):
    array = np.load(path, allow_pickle=False)
    return {"dtype": array.dtype.str, "shape": list(array.shape), "bytes": array.tobytes().hex()}


READERS = {
    "arrow parquet": lambda path: rows(pa.parquet.read_table(path)),
    "pandas parquet": lambda path: frame_rows(pd.read_parquet(path, dtype_backend="pyarrow")),
    "arrow csv": arrow_csv,
    "pandas csv": pandas_csv,
    "python json": python_jsonl,
    "arrow json": arrow_jsonl,
    "numpy": npy,
}

asked = json.load(sys.stdin)
json.dump([READERS[each["reader"]](each["path"]) for each in asked], sys.stdout)
