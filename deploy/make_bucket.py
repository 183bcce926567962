"""Makes the bucket AWS_STORAGE_BUCKET_NAME at AWS_S3_ENDPOINT_URL unless it is there; waits for a server that only starts."""

import os
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

SECONDS = 60


def main():
    client = boto3.client("s3", endpoint_url=os.environ.get("AWS_S3_ENDPOINT_URL"))
    name, give_up = os.environ["AWS_STORAGE_BUCKET_NAME"], time.monotonic() + SECONDS
    while True:
        try:
            if name not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=name)
            return
        except (BotoCoreError, ClientError):
            if time.monotonic() > give_up:
                raise
            time.sleep(1)


if __name__ == "__main__":
    main()
