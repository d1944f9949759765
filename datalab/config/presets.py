"""The sizes that people choose by name where the operator says none."""

DEFAULT = [
    {
        "id": "small",
        "title": "Small",
        "description": "For reading and writing.",
        "resources": {"cpu": "500m", "memory": "1Gi"},
    },
    {
        "id": "medium",
        "title": "Medium",
        "description": "For everyday work.",
        "resources": {"cpu": "1", "memory": "2Gi"},
    },
    {
        "id": "large",
        "title": "Large",
        "description": "For bigger data.",
        "resources": {"cpu": "4", "memory": "8Gi"},
    },
]
