import { Container, SimpleGrid, Skeleton, Stack } from "@mantine/core";

/** Stands where a page will be. `full`: with the header too. */
export function PageSkeleton({ full = false }: { full?: boolean }) {
  return (
    <div aria-busy="true" aria-label="Loading" role="status">
      {full && <Skeleton height={56} radius={0} animate={false} />}
      <Container size="xl" py={full ? "xl" : 0} px={full ? "lg" : 0}>
        <Stack gap="lg">
          <Skeleton height={30} width={220} />
          <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
            <Skeleton height={180} />
            <Skeleton height={180} />
            <Skeleton height={180} />
          </SimpleGrid>
        </Stack>
      </Container>
    </div>
  );
}
