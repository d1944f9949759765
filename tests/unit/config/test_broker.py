"""From DATALAB_BROKER_URL to Celery's settings."""

import ssl

import pytest
from kombu import Connection

from datalab.config.broker import FOLDER, broker
from datalab.config.env import WrongSetting


def test_the_folder_stays_as_it_is() -> None:
    made = broker(FOLDER, password="", ca_file="")
    assert (made.url, made.tls) == (FOLDER, None)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("redis://q.example:6379/0", "redis://:p%2F%40@q.example:6379/0", id="no user"),
        pytest.param("redis://me@q.example/1", "redis://me:p%2F%40@q.example/1", id="a user"),
        pytest.param("amqp://me:old@q.example/v", "amqp://me:p%2F%40@q.example/v", id="another"),
        pytest.param("redis://u%40x@[::1]:1/0", "redis://u%40x:p%2F%40@[::1]:1/0", id="escaped"),
    ],
)
def test_the_password_from_its_file_goes_into_the_url(url: str, expected: str) -> None:
    assert broker(url, password="p/@", ca_file="").url == expected


def test_kombu_reads_the_password_as_it_was() -> None:
    made = broker("redis://q.example:6380/2", password="p/@:%", ca_file="")
    found = Connection(made.url)
    assert (found.hostname, found.port, found.password) == ("q.example", 6380, "p/@:%")


def test_the_password_is_not_shown() -> None:
    assert "hidden" not in repr(broker("redis://q.example/0", password="hidden", ca_file=""))


def test_tls_means_that_the_certificate_is_checked() -> None:
    assert broker("redis://q.example/0", password="", ca_file="/ca.pem").tls is None
    assert broker("rediss://q.example/0", password="", ca_file="/ca.pem").tls == {
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
        "ssl_ca_certs": "/ca.pem",
    }
    assert broker("amqps://q.example/v", password="", ca_file="").tls == {
        "cert_reqs": ssl.CERT_REQUIRED,
        "server_hostname": "q.example",
    }


@pytest.mark.parametrize("url", ["q.example:6379", "sqs://", "rediss://q/0?ssl_cert_reqs=none"])
def test_anything_else_is_refused_by_name(url: str) -> None:
    with pytest.raises(WrongSetting, match="DATALAB_BROKER_URL"):
        broker(url, password="", ca_file="")
