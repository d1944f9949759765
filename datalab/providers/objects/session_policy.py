"""What temporary keys may do. Pure."""

import json


def policy_for_bucket(bucket: str) -> str:
    """An inline session policy: objects of one bucket, and nothing of the bucket itself.

    The keys hold what this allows *and* the platform's principal may, so it can only narrow.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
    """
    arn = f"arn:aws:s3:::{bucket}"
    statements = [
        {
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": [arn],
        },
        {
            "Effect": "Allow",
            "Action": [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            "Resource": [f"{arn}/*"],
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
