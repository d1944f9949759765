"""What the schema and the templates refuse, and that it is said where and why."""

from typing import Any

import pytest

from tests.unit.deploy.rendering import Refused, rendered

DIGEST = "sha256:" + "a" * 63


@pytest.mark.parametrize(
    ("more", "said"),
    [
        pytest.param({"origin": ""}, "/origin", id="no origin"),
        pytest.param({"origin": "datalab.example"}, "/origin", id="an origin without https"),
        pytest.param({"origin": "https://a.example/lab"}, "/origin", id="an origin with a path"),
        pytest.param({"database": {"host": ""}}, "/database/host", id="no database"),
        pytest.param({"database": {"password": "x"}}, "/database", id="a password"),
        pytest.param({"database": {"sslMode": "allow"}}, "/database/sslMode", id="no such mode"),
        pytest.param({"broker": {"url": ""}}, "/broker/url", id="no broker"),
        pytest.param(
            {"broker": {"url": "redis://:p@q/0"}}, "/broker/url", id="a broker's password"
        ),
        pytest.param({"broker": {"url": "redis://u:p@q/0"}}, "/broker/url", id="a broker's user's"),
        pytest.param({"oidc": {"clientSecret": "x"}}, "/oidc", id="a client's secret"),
        pytest.param({"oidc": {"algorithm": "HS256"}}, "/oidc/algorithm", id="a shared key"),
        pytest.param({"groupRules": []}, "/groupRules", id="nobody could sign in"),
        pytest.param({"vault": {"secretId": "x"}}, "/vault", id="a sign-in's secret"),
        pytest.param({"vault": {"delivery": "csi"}}, "/vault/delivery", id="no such way"),
        pytest.param(
            {"vault": {"delivery": "external-secrets"}},
            "vault.kubernetesAuth: External Secrets",
            id="External Secrets without a way to sign in",
        ),
        pytest.param({"s3": {"secretKey": "x"}}, "/s3", id="an S3 key"),
        pytest.param(
            {"s3": {"endpoint": "https://a:b@s3"}}, "/s3/endpoint", id="one in an address"
        ),
        pytest.param({"secrets": {"secretKey": "x"}}, "/secrets/secretKey", id="a secret's value"),
        pytest.param(
            {"secrets": {"secretKey": {"value": "x"}}}, "/secrets/secretKey", id="or by that name"
        ),
        pytest.param({"secrets": {"secretKey": {"key": ""}}}, "/secrets/secretKey/key", id="none"),
        pytest.param(
            {
                "existingSecret": "",
            },
            "existingSecret: name the Secret",
            id="no Secret",
        ),
        pytest.param({"image": {"repository": ""}}, "/image/repository", id="no image"),
        pytest.param({"image": {"tag": "latest"}}, "/image/tag", id="an image that changes"),
        pytest.param({"image": {"digest": DIGEST}}, "/image/digest", id="half a digest"),
        pytest.param({"door": {"image": {"tag": "latest"}}}, "/door/image/tag", id="a door's"),
        pytest.param(
            {"credentials": {"tlsSecret": "tls"}}, "/credentials/relayImage", id="a desk, no relay"
        ),
        pytest.param({"portal": {"replicas": 0}}, "/portal/replicas", id="no portal"),
        pytest.param({"portal": {"replcas": 2}}, "/portal", id="a typing error"),
        pytest.param({"beat": {"replicas": 2}}, "/beat", id="two clocks"),
        pytest.param({"prtal": {}}, "prtal", id="a part that does not exist"),
        pytest.param({"rbac": {"clusterAdmin": True}}, "/rbac", id="more rights"),
        pytest.param({"ingress": {"controller": "haproxy"}}, "/ingress/controller", id="unknown"),
        pytest.param(
            {"door": {"enabled": False}, "ingress": {"enabled": True, "controller": "nginx"}},
            "ingress.controller: only traefik",
            id="nobody would ask the gate",
        ),
        pytest.param(
            {"door": {"enabled": False}, "gateway": {"enabled": True}}, "gateway: ", id="nor here"
        ),
        pytest.param({"gateway": {"enabled": True}}, "gateway.parentRefs", id="no gateway"),
        pytest.param({"serviceMonitor": {"enabled": True}}, "serviceMonitor: ", id="no token"),
        pytest.param(
            {"networkPolicy": {"frontDoor": [{"cidr": "10.0.0.0/8"}]}},
            "/networkPolicy/frontDoor/0",
            id="not a peer",
        ),
    ],
)
def test_nonsense_is_refused_by_its_name(more: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as refused:
        rendered("minimal", more)
    assert said in str(refused.value)
