"""The outside world. Only here are boto3, hvac, kubernetes, pyhelm3, subprocess and httpx imported."""
