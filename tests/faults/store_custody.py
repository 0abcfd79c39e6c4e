"""stopgap"""

import tempfile
from pathlib import Path

from bwc_agent.offload.s3_client import connect, named
from bwc_agent.offload.settings import S3Place
from tests.agency.docked import run
from tests.offload.seaweed import BUCKET
from tests.offload.shift import Shift, tree


def custody(place: S3Place, shift: Shift) -> list[str]:
    client = connect(place)
    with tempfile.TemporaryDirectory() as d:
        top = Path(d)
        with named("mirror", place, shift.serial):
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{shift.serial}/"):
                for e in page.get("Contents", []):
                    p = top / e["Key"]
                    p.parent.mkdir(parents=True, exist_ok=True)
                    p.write_bytes(client.get_object(Bucket=BUCKET, Key=e["Key"])["Body"].read())
            if not (top / shift.serial).is_dir():
                return ["nothing there"]
            report = run(shift, top)
            for name, data in tree(top / shift.serial / "mailbox").items():
                client.put_object(Bucket=BUCKET, Key=f"{shift.serial}/mailbox/{name}", Body=data)
    return [f"{i.path}: {i.checked.why}" for i in report.wrong]
