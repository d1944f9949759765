"""The shapes of health in the API."""

from typing import Any

from rest_framework import serializers

from datalab.monitoring.checking import STATES, Seen


class PartSerializer(serializers.Serializer[Any]):
    """`error` says what is wrong, `without_it` what people notice, `advice` what to do about it."""

    name = serializers.CharField(source="part.name")
    title = serializers.CharField(source="part.title")
    state = serializers.ChoiceField(choices=STATES)
    since = serializers.DateTimeField()
    remark = serializers.CharField()
    error = serializers.CharField()
    without_it = serializers.CharField(source="part.without_it")
    advice = serializers.CharField(source="part.advice")
    milliseconds = serializers.SerializerMethodField()

    def get_milliseconds(self, seen: Seen) -> int:
        return round(seen.seconds * 1000)


class ProcessSerializer(serializers.Serializer[Any]):
    """`lag` in seconds: how long the clock's last task waited in the queue; 0 for the others."""

    name = serializers.CharField(source="part")
    at = serializers.DateTimeField()
    started_at = serializers.DateTimeField()
    version = serializers.CharField()
    lag = serializers.FloatField()


class LagSerializer(serializers.Serializer[Any]):
    """Seconds that the oldest row which is due waits for a worker."""

    services = serializers.FloatField()
    tenants = serializers.FloatField()


class HealthSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    parts = PartSerializer(many=True)
    processes = ProcessSerializer(many=True)
    lag = LagSerializer()
