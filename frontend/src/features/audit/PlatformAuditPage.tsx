import { PlatformOnly } from "@/app/PlatformOnly";

import { AuditView } from "./AuditView";

export default function PlatformAuditPage() {
  return (
    <PlatformOnly>
      <AuditView tenant={null}>
        Who did what on the whole platform, and who was refused. Nothing here can be changed or deleted.
      </AuditView>
    </PlatformOnly>
  );
}
