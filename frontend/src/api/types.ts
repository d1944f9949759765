/** The words of the API under the page's own names; the shapes are generated from the schema. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type MyTenant = Schemas["TenantOfMine"];
export type Tenant = Schemas["Tenant"];
export type Deletion = Schemas["Deletion"];
export type Leaving = Schemas["Leaving"];
export type Removal = Schemas["Removal"];
export type RemovalStep = Removal["step"];
export type TenantState = Schemas["TenantState"];
export type Kind = Schemas["Kind"];
export type NewTenant = Schemas["NewTenantRequest"];
export type TenantChange = Schemas["PatchedTenantChangeRequest"];
export type ChartSummary = Schemas["ChartSummary"];
export type Chart = Schemas["Chart"];
export type LaunchForm = Schemas["Form"];
export type Preset = Schemas["Preset"];
export type Room = Schemas["Room"];
export type RoomOfPreset = Schemas["RoomOfPreset"];
export type RoomOfResource = Schemas["RoomOfResource"];
export type ResourceRange = Schemas["ResourceRange"];
export type LaunchRequest = Schemas["LaunchRequest"];
export type Preview = Schemas["Preview"];
export type Quota = Schemas["Quota"];
export type QuotaRequest = Schemas["QuotaRequest"];
export type MemberQuota = Schemas["MemberQuota"];
export type SomeQuantities = Schemas["SomeQuantities"];
export type TenantLimits = Schemas["TenantLimitsRequest"];
export type OwnLimits = Schemas["OwnLimitsRequest"];
export type Ask = Schemas["AskRequest"];
export type GrantOf = Schemas["GrantRequest"];
export type Capacity = Schemas["Capacity"];
export type CapacityResource = Schemas["CapacityResource"];
export type Notification = Schemas["Notification"];
export type Quantities = Schemas["Quantities"];
export type Service = Schemas["Service"];
export type PlatformService = Schemas["PlatformService"];
export type ServiceDetail = Schemas["ServiceDetail"];
export type UpgradeOffer = Schemas["Offer"];
export type UpgradeRequest = Schemas["UpgradeRequest"];
export type Revision = Schemas["Revision"];
export type Change = Revision["change"];
export type TimelineEvent = Schemas["TimelineEvent"];
export type Phase = Schemas["Phase"];
export type Reason = Schemas["Reason"];
export type Role = Schemas["Role"];
export type Member = Schemas["Member"];
export type MembershipSource = Schemas["MembershipSource"];
export type ServicesFate = Schemas["ServicesFate"];
export type KeptOut = Schemas["KeptOut"];
export type Invitation = Schemas["Invitation"];
export type MadeInvitation = Schemas["MadeInvitation"];
export type Person = Schemas["Person"];
export type GroupRule = Schemas["GroupRule"];
export type RuleDraft = Schemas["DraftRequest"];
export type MappingPreview = Schemas["MappingPreview"];
export type Right = Schemas["Right"];
export type Acting = Schemas["Acting"];
export type Webhook = Schemas["Webhook"];
export type NewWebhook = Schemas["NewWebhookRequest"];
export type ShownWebhook = Schemas["ShownWebhook"];
export type Delivery = Schemas["Delivery"];
export type AuditEvent = Schemas["Event"];
export type Secret = Schemas["Secret"];
export type Token = Schemas["Token"];
export type NewToken = Schemas["ShownToken"];
export type TokenRequest = Schemas["NewTokenRequest"];
export type TenantToken = Schemas["TenantToken"];
export type Verb = Token["verbs"][number];

export type Cost = Schemas["Cost"];
export type Usage = Schemas["Usage"];
export type UsageGroup = Schemas["UsageGroup"];
export type UsageRow = Schemas["UsageRow"];
export type Prices = Schemas["Prices"];
export type PriceVersion = Schemas["PriceVersion"];
export type NewPrices = Schemas["NewPricesRequest"];
export type Health = Schemas["Health"];
export type HealthPart = Schemas["Part"];
export type PartState = Schemas["PartState"];

export const RESOURCES = ["cpu", "memory", "gpu", "storage"] as const;
export type Resource = (typeof RESOURCES)[number];

/** What the event stream says about one service. Of one that is gone, name and url are null. */
export interface ServiceEvent {
  id: string;
  name: string | null;
  phase: Phase | "gone";
  reason: Reason | null;
  progress: number | null;
  at: string;
  url: string | null;
}
