"""Where the gate answers, beside the event streams. Nobody but the front door asks there."""

AUTH = "/_gate/auth"
HEALTH = "/_gate/health"
