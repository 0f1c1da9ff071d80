"""An S3-type server in this process (moto), with one bucket."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from app.infra.ids import new_id
from app.settings import StorageSettings

BUCKET = "woodshed"
ACCESS = "test-access"


@contextmanager
def s3_settings() -> Iterator[StorageSettings]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        client = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=ACCESS, aws_secret_access_key=ACCESS
        )
        client.create_bucket(Bucket=BUCKET)
        client.close()
        yield StorageSettings(
            kind="s3",
            bucket=BUCKET,
            prefix=f"studio-{new_id()}",  # moto keeps its objects for the whole process
            endpoint_url=url,
            access_key_id=SecretStr(ACCESS),
            secret_access_key=SecretStr(ACCESS),
        )
    finally:
        server.stop()
