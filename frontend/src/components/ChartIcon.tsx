import { Avatar } from "@mantine/core";

/** A chart's own picture, else its first letter. */
export function ChartIcon({ icon, name, size = 44 }: { icon?: string | null; name: string; size?: number }) {
  return (
    <Avatar
      src={icon === "" ? null : icon}
      alt=""
      size={size}
      radius="md"
      color="iris"
      variant="light"
      imageProps={{ style: { objectFit: "contain" } }}
    >
      {name.slice(0, 1).toUpperCase()}
    </Avatar>
  );
}
