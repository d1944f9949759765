import { PlatformOnly } from "@/app/PlatformOnly";
import { PageHeading } from "@/components/PageHeading";

import { SelectedServices } from "./SelectedServices";

/** The services of all tenants, for platform administrators. */
export default function PlatformServicesPage() {
  return (
    <PlatformOnly>
      <PageHeading title="Services">What runs in all tenants: whose it is, how old, and why it is as it is.</PageHeading>
      <SelectedServices />
    </PlatformOnly>
  );
}
