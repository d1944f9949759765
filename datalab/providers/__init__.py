"""The outside world. Only here are boto3, hvac, kubernetes, subprocess and httpx imported."""
