"""The group mapping over HTTP, for platform administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from datalab.accounts import group_rules
from datalab.accounts.group_rules import Draft
from datalab.accounts.models import StoredRule, User
from datalab.accounts.patterns import LONGEST_GROUP
from datalab.accounts.profile import GroupRule, grants_of
from datalab.accounts.reach import PLATFORM_ADMINS
from datalab.tenants.preview import PLATFORM, PLATFORM_ADMIN, Preview, preview
from datalab.tenants.scope import platform_admin


class DraftSerializer(serializers.Serializer[Any]):
    """`*` is any text; `{tenant}` and `{role}` stand for what the group's name says there."""

    pattern = serializers.CharField(max_length=200)
    tenant = serializers.CharField(
        max_length=40, allow_blank=True, default="", help_text="A slug or `{tenant}`."
    )
    role = serializers.CharField(
        max_length=20, help_text="admin, member, viewer, `{role}`, or platform-admin."
    )
    description = serializers.CharField(max_length=200, allow_blank=True, default="")


class GroupRuleSerializer(DraftSerializer):
    """`from_installation`: a regular expression of a setting, in force and only read here."""

    id = serializers.UUIDField(allow_null=True)
    from_installation = serializers.BooleanField()
    changed_by = serializers.CharField()
    changed_at = serializers.DateTimeField(allow_null=True)


class RightSerializer(serializers.Serializer[Any]):
    """`tenant` is empty for the whole platform."""

    tenant = serializers.CharField()
    role = serializers.CharField()

    def to_representation(self, instance: tuple[str, str]) -> dict[str, str]:
        return {"tenant": instance[0], "role": instance[1]}


class PreviewedPersonSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    display_name = serializers.CharField()
    gains = RightSerializer(many=True)
    loses = RightSerializer(many=True)
    keeps = RightSerializer(many=True)


class MappingPreviewSerializer(serializers.Serializer[Any]):
    """`changes` holds 200 people at most, `changed` counts all. `given`: to the asked groups."""

    changes = PreviewedPersonSerializer(many=True)
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    unseen = serializers.IntegerField()
    unknown_tenants = serializers.ListField(child=serializers.CharField())
    without_admin = serializers.ListField(child=serializers.CharField())
    platform_admins = serializers.IntegerField()
    given = RightSerializer(many=True)


class MappingAskedSerializer(serializers.Serializer[Any]):
    """`rules`: all of the page's, as they would be. `groups`: what would these give somebody?"""

    rules = serializers.ListField(child=DraftSerializer(), max_length=group_rules.MOST_RULES)
    groups = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_GROUP), max_length=100, required=False
    )


class MappingView(APIView):
    permission_classes = [IsAuthenticated]
    verbs = PLATFORM_ADMINS
    member: User

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.member = platform_admin(request)


class GroupRulesView(MappingView):
    @extend_schema(
        responses=GroupRuleSerializer(many=True), operation_id="group_rules_list", filters=False
    )
    def get(self, request: Request) -> Response:
        installed = [_installed(rule) for rule in group_rules.installed()]
        return Response([*installed, *(_shown(row) for row in StoredRule.objects.all())])

    @extend_schema(
        request=DraftSerializer,
        responses={201: GroupRuleSerializer},
        operation_id="group_rules_create",
    )
    def post(self, request: Request) -> Response:
        row = group_rules.create_rule(draft=_draft(request), by=self.member)
        return Response(_shown(row), status=201)


class GroupRuleView(MappingView):
    @extend_schema(
        request=DraftSerializer, responses=GroupRuleSerializer, operation_id="group_rules_change"
    )
    def patch(self, request: Request, rule_id: UUID) -> Response:
        asked = DraftSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        draft = Draft(**{**_columns(group_rules.find(rule_id)), **asked.validated_data})
        row = group_rules.change_rule(rule_id=rule_id, draft=draft, by=self.member)
        return Response(_shown(row))

    @extend_schema(responses={204: None}, operation_id="group_rules_delete")
    def delete(self, request: Request, rule_id: UUID) -> Response:
        group_rules.delete_rule(rule_id=rule_id, by=self.member)
        return Response(status=204)


class GroupRulesPreviewView(MappingView):
    @extend_schema(
        request=MappingAskedSerializer,
        responses=MappingPreviewSerializer,
        operation_id="group_rules_preview",
    )
    def post(self, request: Request) -> Response:
        asked = MappingAskedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        drafts = [Draft(**one) for one in asked.validated_data["rules"]]
        rules = (*group_rules.installed(), *group_rules.checked(drafts))
        return Response(_previewed(preview(rules), rules, asked.validated_data.get("groups", [])))


def _previewed(
    found: Preview, rules: tuple[GroupRule, ...], groups: list[str]
) -> Mapping[str, Any]:
    grants = grants_of(groups, rules)
    above = [(PLATFORM, PLATFORM_ADMIN)] if grants.platform_admin else []
    given = [*above, *sorted(grants.tenants.items())]
    shown = MappingPreviewSerializer({**_fields(found), "given": given})
    return shown.data


def _fields(found: Preview) -> dict[str, Any]:
    return {name: getattr(found, name) for name in Preview.__slots__}


def _draft(request: Request) -> Draft:
    asked = DraftSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return Draft(**asked.validated_data)


def _columns(row: StoredRule) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("pattern", "tenant", "role", "description")}


def _shown(row: StoredRule) -> Any:
    more = {"changed_by": row.changed_by, "changed_at": row.changed_at}
    whole = {**_columns(row), **more, "id": row.pk, "from_installation": False}
    return GroupRuleSerializer(whole).data


def _installed(rule: GroupRule) -> Any:
    whole = {
        "pattern": rule.pattern.pattern,
        "tenant": rule.tenant,
        "role": rule.role,
        "description": "",
        "id": None,
        "from_installation": True,
        "changed_by": "",
        "changed_at": None,
    }
    return GroupRuleSerializer(whole).data
