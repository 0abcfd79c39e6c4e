"""`bwc bucket`: makes the bucket that cameras deliver to, and says which rights a camera needs there."""

import json
from pathlib import Path

import typer

from bwc_agent.agency.bucket import attach, camera_policy, prepare
from bwc_agent.agency.store_settings import reach
from bwc_agent.cli.common import errors, span
from bwc_agent.cli.stores import STORE, named_store, split
from bwc_agent.errors import ConfigError

DAY = 86_400


def bucket(
    target: str = typer.Argument(..., metavar="s3://BUCKET", help="A new bucket, or one that was made with Object Lock."),
    retention: str = typer.Option(..., "--retention", help='Your schedule: each new object is locked so long, as in "180 days".'),
    store: Path | None = STORE,
    principal: str | None = typer.Option(
        None, "--cameras", help="Also give these users (an ARN) the rights, by the bucket's policy, which it replaces."
    ),
) -> None:
    """Make BUCKET with Object Lock, by your administrator's credentials, and print a camera's rights (JSON, IAM). Safe to repeat."""
    name, rest = split(target)
    if rest:
        raise ConfigError(f"{target}: a bucket is made whole: write s3://{name}")
    if principal is not None and not principal.startswith("arn:"):
        raise ConfigError(f"--cameras {principal}: write the users as an ARN, as in 'arn:aws:iam::000000000000:user/*'")
    seconds = span(retention, "--retention")
    if seconds % DAY:
        raise ConfigError(f"--retention {retention}: a bucket counts whole days: write it as in {seconds // DAY + 1} days")
    client, place = reach(named_store(store, target), name)
    for step in prepare(client, place, seconds // DAY):
        errors.print(step, markup=False, soft_wrap=True)
    if principal is not None:
        attach(client, place, principal)
        errors.print(f"{principal} may deliver, each below its own name and nothing else", markup=False, soft_wrap=True)
    else:
        errors.print("the policy of cameras, users named by their serial (attach it to their group):", soft_wrap=True)
        print(json.dumps(camera_policy(name), indent=1))
